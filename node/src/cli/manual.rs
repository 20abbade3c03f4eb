//! What the program says of itself: help, shell completions, man pages. All three come from one tree of commands.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Command, CommandFactory};
use clap_complete::Shell;
use serde_json::json;

use crate::cli::Cli;
use crate::say::say;

/// See `maillage completions --help`.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// See `maillage man --help`.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The folder to write to. It is made when it is not there.
    folder: PathBuf,
}

/// Returns every command, each with its exit status in its help.
pub(crate) fn command() -> Command {
    documented(Cli::command(), None)
}

/// Prints the completions of a shell.
pub(crate) fn completions(completions: &Completions, json: bool) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(completions.shell, &mut command(), NAME, &mut script);
    let script = String::from_utf8_lossy(&script);
    if json {
        say!(
            "{}",
            json!({ "shell": completions.shell.to_string(), "script": script })
        );
    } else {
        say!("{}", script.trim_end());
    }
    ExitCode::SUCCESS
}

/// Writes a man page for the program and one for each of its commands.
pub(crate) fn man(man: &Man, json: bool) -> anyhow::Result<ExitCode> {
    let shown = man.folder.display().to_string();
    let files = write_pages(&man.folder).context(shown.clone())?;
    if json {
        say!("{}", json!({ "folder": shown, "files": files }));
    } else {
        say!("{} man pages written to {shown}", files.len());
    }
    Ok(ExitCode::SUCCESS)
}

/// A page is written for each command: `maillage-record-show.1` is that of `maillage record show`.
fn write_pages(folder: &Path) -> std::io::Result<Vec<String>> {
    std::fs::create_dir_all(folder)?;
    let mut tree = command().disable_help_subcommand(true);
    tree.build();
    let mut files = Vec::new();
    let mut waiting = vec![tree];
    while let Some(command) = waiting.pop() {
        waiting.extend(command.get_subcommands().cloned());
        let page = clap_mangen::Man::new(command);
        let name = page.get_filename();
        let mut text = Vec::new();
        page.render(&mut text)?;
        std::fs::write(folder.join(&name), text)?;
        files.push(name);
    }
    files.sort();
    Ok(files)
}

/// `within` is the command that this one belongs to; nothing for `maillage` itself.
fn documented(command: Command, within: Option<&str>) -> Command {
    let path = match within {
        None | Some(NAME) => command.get_name().to_owned(),
        Some(parent) => format!("{parent} {}", command.get_name()),
    };
    let commands = command.get_subcommands();
    let names: Vec<String> = commands
        .map(|command| command.get_name().to_owned())
        .collect();
    let command = names.iter().fold(command, |command, name| {
        command.mut_subcommand(name, |command| documented(command, Some(&path)))
    });
    let example = command
        .get_after_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    let status = exit_status(&path);
    command.after_help(format!("{example}\n\n{status}"))
}

/// What the exit status of a command means, by its name and those that it belongs to.
fn exit_status(path: &str) -> String {
    let in_part = match path {
        NAME => {
            "\n  2  done in part, or something is wrong: `bundle import`, `check`, `doctor`, `import`, `restore`,\n     `verify`"
        }
        "bundle import" => "\n  2  entries are left out: the answer says whose, and why",
        "check" => "\n  2  damage is left",
        "restore" => "\n  2  restored, but no instance key could be made: `maillage renew` does it",
        "verify" => {
            "\n  2  the proof holds, and the label is not in force: expired, withdrawn, changed since, not begun"
        }
        "doctor" => "\n  2  something is wrong",
        "import" => {
            "\n  2  something is refused: nothing was written, or all but that (--refused row, cell)"
        }
        _ => "",
    };
    format!(
        "Exit status:\n  0  done\n  1  not done: the message says what to do{in_part}\n  3  the command line cannot be read"
    )
}

const NAME: &str = "maillage";

#[cfg(test)]
mod tests {
    use super::*;

    /// Every command, by its whole name.
    fn each(check: impl Fn(&str, &Command)) -> usize {
        fn walk(command: &Command, check: &dyn Fn(&str, &Command)) -> usize {
            let name = command.get_bin_name().unwrap_or(NAME).to_owned();
            check(&name, command);
            let below = command.get_subcommands();
            1 + below.map(|command| walk(command, check)).sum::<usize>()
        }
        let mut tree = command().disable_help_subcommand(true);
        tree.build();
        walk(&tree, &check)
    }

    #[test]
    fn every_command_has_help_with_an_example_json_and_exit_codes() {
        let commands = each(|name, command| {
            let help = command.clone().render_long_help().to_string();
            assert!(
                command
                    .get_about()
                    .is_some_and(|about| !about.to_string().is_empty()),
                "{name} does not say what it does"
            );
            assert!(
                help.contains(&format!("Example:\n  {name}")),
                "{name} has no example of itself:\n{help}"
            );
            assert!(help.contains("--json"), "{name} has no --json");
            for line in ["Exit status:", "  0  ", "  1  ", "  3  "] {
                assert!(help.contains(line), "{name} lacks {line:?}:\n{help}");
            }
            let in_part = [
                "bundle import",
                "check",
                "doctor",
                "import",
                "restore",
                "verify",
            ];
            let is_in_part =
                name == NAME || in_part.iter().any(|part| name == format!("{NAME} {part}"));
            assert_eq!(help.contains("\n  2  "), is_in_part, "{name}");
        });
        assert!(commands > 15, "{commands} commands: the walk stopped early");
    }

    #[test]
    fn every_argument_says_what_it_is() {
        each(|name, command| {
            for argument in command.get_arguments() {
                let help = argument.get_help().map(ToString::to_string);
                assert!(
                    help.is_some_and(|help| !help.is_empty()),
                    "{name}: {}",
                    argument.get_id()
                );
            }
        });
    }

    #[test]
    fn a_man_page_is_written_for_every_command() {
        let folder = tempfile::tempdir().expect("a folder");
        let inner = folder.path().join("man/man1");
        let files = write_pages(&inner).expect("the folder is writable");
        assert_eq!(files.len(), each(|_, _| ()));
        for name in [
            "maillage.1",
            "maillage-import.1",
            "maillage-record-history.1",
        ] {
            let page = std::fs::read_to_string(inner.join(name)).expect(name);
            assert!(page.contains(".SH SYNOPSIS"), "{name}");
            assert!(page.contains("Exit status"), "{name}");
        }
        let file = folder.path().join("file");
        std::fs::write(&file, "").expect("the folder is writable");
        assert!(write_pages(&file).is_err());
    }
}
