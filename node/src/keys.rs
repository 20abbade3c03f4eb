//! The only place that draws secrets, and where they are kept: one file a key in the folder `keys`, readable by its owner alone.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use anyhow::{Context, bail};
use crdt_schema::entry::{ProvenRotation, Root};
use crdt_schema::id::PartnerId;
use crdt_schema::key::SecretKey;
use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

/// Fills bytes from the system's secure source.
pub(crate) fn fill_random(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the system has a source of randomness");
}

/// The root key of an organisation, with the rotations that lead to it from the first one: these say whose root it is.
#[derive(Debug, Clone)]
pub(crate) struct RootKey {
    pub(crate) secret: SecretKey,
    pub(crate) way: Vec<ProvenRotation>,
}

impl RootKey {
    /// Takes the first root of a new organisation.
    pub(crate) fn first(secret: SecretKey) -> Self {
        let way = Vec::new();
        Self { secret, way }
    }

    /// Returns the organisation.
    pub(crate) fn partner(&self) -> PartnerId {
        let first = self.way.first().map(|rotation| rotation.said().partner);
        first.unwrap_or_else(|| self.secret.public().partner())
    }

    /// Writes the key on a line, and each rotation on one of its own.
    pub(crate) fn to_text(&self) -> Zeroizing<String> {
        let mut text = HEXLOWER.encode(self.secret.to_bytes().as_slice());
        for rotation in &self.way {
            text.push('\n');
            text.push_str(&HEXLOWER.encode(&rotation.to_bytes()));
        }
        text.push('\n');
        Zeroizing::new(text)
    }

    /// Reads what [`RootKey::to_text`] writes. The rotations must lead to the key.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let mut lines = text.trim_end().lines();
        let secret = parse(lines.next().unwrap_or_default())?;
        let rotation = |line: &str| {
            let bytes = HEXLOWER.decode(line.as_bytes()).ok()?;
            ProvenRotation::from_bytes(&bytes)
        };
        let way: Option<Vec<ProvenRotation>> = lines.map(rotation).collect();
        let key = Self {
            secret,
            way: way.context("the file holds a rotation that cannot be read")?,
        };
        let partner = key.partner();
        let root = Root::of(&partner, key.secret.public().as_bytes());
        if !ProvenRotation::lead(&key.way, &partner, root) {
            bail!("the rotations in the file do not lead to its key");
        }
        Ok(key)
    }

    /// Reads a root key from a file that was carried here.
    pub(crate) fn read_file(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path).map(Zeroizing::new);
        Self::parse(&text.with_context(|| path.display().to_string())?)
            .with_context(|| path.display().to_string())
    }

    /// Writes it to a file that must not exist, readable by its owner alone.
    pub(crate) fn write_file(&self, path: &Path) -> anyhow::Result<()> {
        write_new(path, self.to_text().as_bytes())
    }
}

/// Where a root key stands in the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RootPlace {
    /// It is the one in force.
    Current,
    /// It was drawn, and its rotation is about to be published.
    Next,
}

/// Draws a secret key.
pub(crate) fn draw() -> SecretKey {
    let mut bytes = Zeroizing::new([0; 32]);
    fill_random(bytes.as_mut_slice());
    SecretKey::from_bytes(&bytes)
}

/// Keeps a secret key in clear in a file that must not exist, readable by its owner alone.
pub(crate) fn write_secret(path: &Path, key: &SecretKey) -> anyhow::Result<()> {
    write_new(path, secret_text(key).as_bytes())
}

/// Reads a secret key from a file: 64 hexadecimal digits.
pub(crate) fn read_secret(path: &Path) -> anyhow::Result<SecretKey> {
    let text = fs::read_to_string(path).map(Zeroizing::new);
    let text = text.with_context(|| path.display().to_string())?;
    parse(&text).with_context(|| path.display().to_string())
}

fn secret_text(key: &SecretKey) -> Zeroizing<String> {
    Zeroizing::new(format!("{}\n", HEXLOWER.encode(key.to_bytes().as_slice())))
}

/// What a key is for. Each has a file of its own; a root key has its own ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The network identity.
    Endpoint,
    /// Signs entries.
    Instance,
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
        self.write_new(&self.path(purpose), secret_text(key).as_bytes())
    }

    /// Keeps a key in the place of the one before, which is forgotten: a power cut leaves the one or the other.
    pub(crate) fn replace(&self, purpose: Purpose, key: &SecretKey) -> anyhow::Result<()> {
        let path = self.path(purpose);
        let new = path.with_extension("key.new");
        let text = secret_text(key);
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

    /// Keeps a root key: as an `age` file under a passphrase, or in clear.
    pub(crate) fn write_root(
        &self,
        key: &RootKey,
        place: RootPlace,
        passphrase: Option<SecretString>,
    ) -> anyhow::Result<()> {
        let text = key.to_text();
        let Some(passphrase) = passphrase else {
            return self.write_new(&self.root_file(place, "key"), text.as_bytes());
        };
        let encryptor = age::Encryptor::with_user_passphrase(passphrase);
        let mut sealed = Vec::new();
        let mut writer = encryptor.wrap_output(&mut sealed)?;
        writer.write_all(text.as_bytes())?;
        writer.finish()?;
        self.write_new(&self.root_file(place, "age"), &sealed)
    }

    /// Reads a root key, with its passphrase where it is sealed. `None` when there is none.
    pub(crate) fn read_root(
        &self,
        place: RootPlace,
        passphrase: Option<SecretString>,
    ) -> anyhow::Result<Option<RootKey>> {
        let sealed = self.root_file(place, "age");
        if sealed.exists() {
            let passphrase = passphrase.context("the root key is sealed: give its passphrase")?;
            return open_sealed(&sealed, passphrase).map(Some);
        }
        let clear = self.root_file(place, "key");
        if clear.exists() {
            return RootKey::read_file(&clear).map(Some);
        }
        Ok(None)
    }

    /// Puts the next root in the place of the one before, which stays aside under the start of its public key. Both steps may be
    /// repeated after a power cut.
    pub(crate) fn take_next_root(&self, before: &SecretKey) -> anyhow::Result<()> {
        for end in ["age", "key"] {
            let current = self.root_file(RootPlace::Current, end);
            let next = self.root_file(RootPlace::Next, end);
            if !next.exists() {
                continue;
            }
            let aside = format!("root-{}.{end}", before.public().feed().short());
            if current.exists() {
                fs::rename(&current, self.0.join(aside))?;
            }
            fs::rename(&next, &current).with_context(|| current.display().to_string())?;
        }
        Ok(fs::File::open(&self.0)?.sync_all()?)
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

    /// Returns whether the root key is kept under a passphrase.
    pub(crate) fn has_sealed_root(&self) -> bool {
        self.root_file(RootPlace::Current, "age").exists()
    }

    fn root_file(&self, place: RootPlace, end: &str) -> PathBuf {
        self.0.join(match place {
            RootPlace::Current => format!("root.{end}"),
            RootPlace::Next => format!("root.next.{end}"),
        })
    }

    fn path(&self, purpose: Purpose) -> PathBuf {
        self.0.join(match purpose {
            Purpose::Endpoint => "endpoint.key",
            Purpose::Instance => "instance.key",
            Purpose::Seat => "seat.key",
        })
    }

    /// Writes a file of this folder, and the folder's list of files.
    /// Keeps a secret that is no key of ours: nothing that is there is overwritten.
    pub(crate) fn write_beside(&self, path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
        self.write_new(path, bytes)
    }

    fn write_new(&self, path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
        write_new(path, bytes)?;
        Ok(fs::File::open(&self.0)?.sync_all()?)
    }
}

/// Writes a file that must not exist, readable by its owner alone: no key is ever overwritten.
fn write_new(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    let mut file = file.with_context(|| path.display().to_string())?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}

fn open_sealed(path: &Path, passphrase: SecretString) -> anyhow::Result<RootKey> {
    let sealed = fs::read(path).with_context(|| path.display().to_string())?;
    let decryptor = age::Decryptor::new(sealed.as_slice())?;
    let identity = age::scrypt::Identity::new(passphrase);
    let mut reader = decryptor
        .decrypt(std::iter::once(&identity as &dyn age::Identity))
        .context("the passphrase does not open the root key")?;
    let mut text = Zeroizing::new(String::new());
    reader.read_to_string(&mut text)?;
    RootKey::parse(&text)
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
    use crdt_schema::entry::Rotation;

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
        let root = RootKey::first(draw());
        let phrase = |text: &str| Some(text.to_owned().into());
        keys.write_root(&root, RootPlace::Current, phrase("une phrase"))
            .expect("no file yet");
        let open = |text| keys.read_root(RootPlace::Current, phrase(text));
        assert!(open("une autre").is_err());
        assert!(keys.read_root(RootPlace::Current, None).is_err());
        let opened = open("une phrase").expect("the right one").expect("a key");
        assert_eq!(opened.secret.public(), root.secret.public());
    }

    #[test]
    fn a_later_root_names_its_organisation_by_the_rotations_beside_it() {
        let (first, second) = (draw(), draw());
        let federation = crdt_schema::id::FederationId::from_bytes([1; 32]);
        let partner = first.public().partner();
        let keys = (&first, &second);
        let rotation = Rotation::sign(federation, partner, keys, [].into()).expect("two keys");
        let key = RootKey {
            secret: second,
            way: vec![rotation],
        };
        let read = RootKey::parse(&key.to_text()).expect("as it was written");
        assert_eq!(read.partner(), partner);
        let strange = RootKey {
            secret: draw(),
            ..key.clone()
        };
        assert!(RootKey::parse(&strange.to_text()).is_err());
        assert!(RootKey::parse(&format!("{}00\n", key.to_text().as_str())).is_err());
    }

    #[test]
    fn the_next_root_takes_the_place_of_the_one_before_which_stays_aside() {
        let node = tempfile::tempdir().expect("a folder");
        let keys = KeyFolder::of(node.path());
        keys.create().expect("the folder is writable");
        let (before, next) = (RootKey::first(draw()), RootKey::first(draw()));
        let phrase = || Some("une phrase".to_owned().into());
        keys.write_root(&before, RootPlace::Current, phrase())
            .expect("no file yet");
        keys.write_root(&next, RootPlace::Next, phrase())
            .expect("no file yet");
        assert!(keys.write_root(&next, RootPlace::Next, phrase()).is_err());
        keys.take_next_root(&before.secret).expect("moved");
        keys.take_next_root(&before.secret)
            .expect("nothing is left to move");
        let current = keys.read_root(RootPlace::Current, phrase());
        let current = current.expect("it opens").expect("a key");
        assert_eq!(current.secret.public(), next.secret.public());
        let aside = format!("root-{}.age", before.secret.public().feed().short());
        let names = keys.files_without_instance().expect("readable");
        let names: Vec<_> = names.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, [aside, "root.age".to_owned()]);
    }
}
