//! What of a node's folder goes into a backup, and how a folder comes back from it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path};

use anyhow::{Context, bail};
use replica::local::Local;
use replica::{BackedUp, Backup, BackupError, BackupFile};
use serde_json::json;

use crate::app::App;
use crate::call::Progress;
use crate::keys::KeyFolder;
use crate::{accounts, clock, restored};

const MANIFEST: &str = "backup.json";
const CONFIG: &str = "maillage.toml";
const INVITATIONS: &str = "invitations.json";
const LOCAL: &str = "local.redb";
const KEYS: &str = "keys/";

/// Writes a backup of an open node. The instance key stays out: nobody can sign twice with a key that is not there.
pub(crate) fn write(
    app: &App,
    path: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<BackedUp, BackupError> {
    let files = files(app)?;
    app.replica.backup(path, &files, &mut |done, total| {
        progress(Progress {
            done,
            total: Some(total),
        });
    })
}

fn files(app: &App) -> Result<Vec<BackupFile>, BackupError> {
    let mut files = vec![manifest(app)];
    for name in [CONFIG, INVITATIONS] {
        let path = app.folder().join(name);
        match fs::read(&path) {
            Ok(bytes) => files.push(BackupFile {
                name: name.to_owned(),
                bytes,
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&path, &error)),
        }
    }
    let keys = KeyFolder::of(app.folder());
    let kept = keys.files_without_instance();
    for (name, bytes) in kept.map_err(|error| failed(app.folder(), &error))? {
        files.push(BackupFile {
            name: format!("{KEYS}{name}"),
            bytes,
        });
    }
    files.push(local_copy(app)?);
    Ok(files)
}

fn manifest(app: &App) -> BackupFile {
    let state = app.replica.state();
    let says = json!({
        "made": clock::now().to_string(),
        "program": concat!("maillage ", env!("CARGO_PKG_VERSION")),
        "partner": app.config.partner,
        "federation": state.federation().to_string(),
    });
    BackupFile {
        name: MANIFEST.to_owned(),
        bytes: says.to_string().into_bytes(),
    }
}

fn local_copy(app: &App) -> Result<BackupFile, BackupError> {
    let folder = tempfile::tempdir_in(app.folder());
    let folder = folder.map_err(|error| failed(app.folder(), &error))?;
    let path = folder.path().join(LOCAL);
    app.local()?.copy_to(&path)?;
    Ok(BackupFile {
        name: LOCAL.to_owned(),
        bytes: fs::read(&path).map_err(|error| failed(&path, &error))?,
    })
}

/// Makes the folder of a node from a backup, without an instance key. Everything is read and compared before anything is written, and
/// the configuration comes last: a folder that was left half way is no node's folder.
pub(crate) fn restore(
    node: &Path,
    path: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> anyhow::Result<u64> {
    refuse_filled(node)?;
    let backup = Backup::open(path)?;
    let Some(config) = backup.files().iter().find(|file| file.name == CONFIG) else {
        bail!("{} holds no configuration", path.display());
    };
    fs::create_dir_all(node).with_context(|| node.display().to_string())?;
    KeyFolder::of(node).create()?;
    for file in backup.files() {
        if file.name != CONFIG && file.name != MANIFEST {
            put(node, file)?;
        }
    }
    let entries = backup.restore(node, progress)?;
    // Opened once, so that a copy that does not open is found out here.
    drop(Local::open(&accounts::store(node))?);
    restored::mark(node)?;
    put(node, config)?;
    fs::File::open(node)?.sync_all()?;
    Ok(entries)
}

fn refuse_filled(node: &Path) -> anyhow::Result<()> {
    let mut inside = match fs::read_dir(node) {
        Ok(inside) => inside,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| node.display().to_string()),
    };
    if inside.next().is_some() {
        bail!(
            "{} is not empty, and a restore overwrites nothing: give another folder with --dir",
            node.display()
        );
    }
    Ok(())
}

fn put(node: &Path, file: &BackupFile) -> anyhow::Result<()> {
    let name = Path::new(&file.name);
    let is_plain = name
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    let is_known = matches!(file.name.as_str(), CONFIG | INVITATIONS | LOCAL)
        || (file.name.starts_with(KEYS) && name.components().count() == 2);
    if !is_plain || !is_known {
        bail!("the backup holds a file {:?}, which no node has", file.name);
    }
    let path = node.join(name);
    fs::write(&path, &file.bytes).with_context(|| path.display().to_string())?;
    if file.name.starts_with(KEYS) {
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    }
    Ok(fs::File::open(&path)?.sync_all()?)
}

fn failed(path: &Path, error: &std::io::Error) -> BackupError {
    BackupError::File {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}
