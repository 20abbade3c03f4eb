//! The only place that draws secrets, and where they are kept: one file a key in the folder `keys`, readable by its owner alone.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use anyhow::{Context, bail};
use crdt_schema::key::SecretKey;
use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

/// Fills bytes from the system's secure source.
pub(crate) fn fill_random(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the system has a source of randomness");
}

/// Draws a secret key.
pub(crate) fn draw() -> SecretKey {
    let mut bytes = Zeroizing::new([0; 32]);
    fill_random(bytes.as_mut_slice());
    SecretKey::from_bytes(&bytes)
}

/// Reads a secret key from a file that was carried here.
pub(crate) fn read_file(path: &Path) -> anyhow::Result<SecretKey> {
    let text = fs::read_to_string(path).map(Zeroizing::new);
    parse(&text.with_context(|| path.display().to_string())?)
        .with_context(|| path.display().to_string())
}

/// What a key is for. Each has a file of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The network identity.
    Endpoint,
    /// Signs entries.
    Instance,
    /// Is the partner. May be encrypted, or kept elsewhere.
    Root,
    /// Votes charters.
    Seat,
}

/// The keys of a node.
#[derive(Debug, Clone)]
pub(crate) struct KeyFolder(PathBuf);

impl KeyFolder {
    pub(crate) fn of(node: &Path) -> Self {
        Self(node.join("keys"))
    }

    /// Makes the folder, which only its owner may enter.
    pub(crate) fn create(&self) -> anyhow::Result<()> {
        fs::create_dir_all(&self.0).with_context(|| self.0.display().to_string())?;
        let owner_only = fs::Permissions::from_mode(0o700);
        fs::set_permissions(&self.0, owner_only).with_context(|| self.0.display().to_string())
    }

    /// Keeps a key in clear, in a file that only its owner can read.
    pub(crate) fn write(&self, purpose: Purpose, key: &SecretKey) -> anyhow::Result<()> {
        let text = Zeroizing::new(format!("{}\n", HEXLOWER.encode(key.to_bytes().as_slice())));
        self.write_new(&self.path(purpose), text.as_bytes())
    }

    /// Keeps a key in the place of the one before, which is forgotten: a power cut leaves the one or the other.
    pub(crate) fn replace(&self, purpose: Purpose, key: &SecretKey) -> anyhow::Result<()> {
        let path = self.path(purpose);
        let new = path.with_extension("key.new");
        let text = Zeroizing::new(format!("{}\n", HEXLOWER.encode(key.to_bytes().as_slice())));
        match fs::remove_file(&new) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| new.display().to_string());
            }
            _ => {}
        }
        self.write_new(&new, text.as_bytes())?;
        fs::rename(&new, &path).with_context(|| path.display().to_string())?;
        Ok(fs::File::open(&self.0)?.sync_all()?)
    }

    /// Returns the files as they are, sealed or not, but for the instance key: a copy of it could sign where this node has signed.
    pub(crate) fn files_without_instance(&self) -> std::io::Result<Vec<(String, Vec<u8>)>> {
        let mut files = Vec::new();
        for file in fs::read_dir(&self.0)? {
            let file = file?;
            let name = file.file_name().to_string_lossy().into_owned();
            if file.file_type()?.is_file() && !name.starts_with("instance.") {
                files.push((name, fs::read(file.path())?));
            }
        }
        files.sort();
        Ok(files)
    }

    /// Keeps the root key under a passphrase, as an `age` file.
    pub(crate) fn write_root(
        &self,
        key: &SecretKey,
        passphrase: SecretString,
    ) -> anyhow::Result<()> {
        let text = Zeroizing::new(HEXLOWER.encode(key.to_bytes().as_slice()));
        let encryptor = age::Encryptor::with_user_passphrase(passphrase);
        let mut sealed = Vec::new();
        let mut writer = encryptor.wrap_output(&mut sealed)?;
        writer.write_all(text.as_bytes())?;
        writer.finish()?;
        self.write_new(&self.sealed_root(), &sealed)
    }

    /// Reads a key that is kept in clear. `None` when there is no file.
    pub(crate) fn read(&self, purpose: Purpose) -> anyhow::Result<Option<SecretKey>> {
        let path = self.path(purpose);
        match fs::read_to_string(&path) {
            Ok(text) => parse(&Zeroizing::new(text))
                .map(Some)
                .with_context(|| path.display().to_string()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| path.display().to_string()),
        }
    }

    /// Opens the root key that is kept under a passphrase.
    pub(crate) fn open_root(&self, passphrase: SecretString) -> anyhow::Result<SecretKey> {
        let path = self.sealed_root();
        let sealed = fs::read(&path).with_context(|| path.display().to_string())?;
        let decryptor = age::Decryptor::new(sealed.as_slice())?;
        let identity = age::scrypt::Identity::new(passphrase);
        let mut reader = decryptor
            .decrypt(std::iter::once(&identity as &dyn age::Identity))
            .context("the passphrase does not open the root key")?;
        let mut text = Zeroizing::new(String::new());
        reader.read_to_string(&mut text)?;
        parse(&text)
    }

    /// Returns whether the root key is kept under a passphrase.
    pub(crate) fn has_sealed_root(&self) -> bool {
        self.sealed_root().exists()
    }

    fn sealed_root(&self) -> PathBuf {
        self.0.join("root.age")
    }

    fn path(&self, purpose: Purpose) -> PathBuf {
        self.0.join(match purpose {
            Purpose::Endpoint => "endpoint.key",
            Purpose::Instance => "instance.key",
            Purpose::Root => "root.key",
            Purpose::Seat => "seat.key",
        })
    }

    /// Writes a file that must not exist: no key is ever overwritten.
    fn write_new(&self, path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        let mut file = file.with_context(|| path.display().to_string())?;
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(fs::File::open(&self.0)?.sync_all()?)
    }
}

fn parse(text: &str) -> anyhow::Result<SecretKey> {
    let bytes = HEXLOWER
        .decode(text.trim_end().as_bytes())
        .map(Zeroizing::new);
    match bytes
        .ok()
        .and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok())
    {
        Some(bytes) => Ok(SecretKey::from_bytes(&Zeroizing::new(bytes))),
        None => bail!("this is no key file: it holds 64 hexadecimal digits"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written_and_never_overwritten() {
        let node = tempfile::tempdir().expect("a folder");
        let keys = KeyFolder::of(node.path());
        keys.create().expect("the folder is writable");
        assert!(
            keys.read(Purpose::Instance)
                .expect("none is fine")
                .is_none()
        );
        let key = draw();
        keys.write(Purpose::Instance, &key).expect("no file yet");
        let read = keys
            .read(Purpose::Instance)
            .expect("a key")
            .expect("a file");
        assert_eq!(read.public(), key.public());
        assert!(keys.write(Purpose::Instance, &draw()).is_err());
        let mode = fs::metadata(keys.path(Purpose::Instance))
            .expect("a file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_replaced_key_is_forgotten_and_no_copy_of_it_goes_into_a_backup() {
        let node = tempfile::tempdir().expect("a folder");
        let keys = KeyFolder::of(node.path());
        keys.create().expect("the folder is writable");
        let (old, new) = (draw(), draw());
        keys.write(Purpose::Instance, &old).expect("no file yet");
        keys.write(Purpose::Endpoint, &draw()).expect("no file yet");
        // What a process left that was killed half way.
        fs::write(node.path().join("keys/instance.key.new"), "half").expect("writable");
        keys.replace(Purpose::Instance, &new).expect("replaced");
        let read = keys
            .read(Purpose::Instance)
            .expect("a key")
            .expect("a file");
        assert_eq!(read.public(), new.public());
        let files = keys.files_without_instance().expect("readable");
        let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["endpoint.key"]);
        let mode = fs::metadata(keys.path(Purpose::Instance)).expect("a file");
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_sealed_root_opens_with_its_passphrase_only() {
        let node = tempfile::tempdir().expect("a folder");
        let keys = KeyFolder::of(node.path());
        keys.create().expect("the folder is writable");
        let root = draw();
        keys.write_root(&root, "une phrase".to_owned().into())
            .expect("no file yet");
        assert!(keys.open_root("une autre".to_owned().into()).is_err());
        let opened = keys
            .open_root("une phrase".to_owned().into())
            .expect("the right one");
        assert_eq!(opened.public(), root.public());
    }
}
