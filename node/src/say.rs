//! What commands print on standard output.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

/// Prints a line for whoever called the command. A reader that went away, as `head` does, ends nothing: the work goes on.
macro_rules! say {
    () => {
        $crate::say::line(format_args!(""))
    };
    ($($text:tt)*) => {
        $crate::say::line(format_args!($($text)*))
    };
}
pub(crate) use say;

/// Prints one line, as the macro above says.
pub(crate) fn line(text: Arguments<'_>) {
    match writeln!(std::io::stdout().lock(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            // A full disk, most likely: whoever reads the file later must not take half an answer for a whole one.
            eprintln!("maillage: standard output cannot be written: {error}");
            std::process::exit(1);
        }
        _ => {}
    }
}
