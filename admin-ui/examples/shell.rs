//! Serves the pages on a free loopback port with one account, to look at them: `cargo run -p admin-ui --example shell`.

#![expect(
    clippy::disallowed_methods,
    reason = "an example is a program of its own and reads the clock itself"
)]

use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};

use admin_ui::{App, Settings, Transport, hash_password, router, serve};
use crdt_schema::time::Timestamp;
use replica::local::{Account, AccountName, Local, Role};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const PASSWORD: &str = "un mot de passe d'essai";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let local = Local::open(&folder.path().join(replica::local::FILE))?;
    for (name, role) in [
        ("jeanne.durand", Role::NodeAdmin),
        ("karim.benali", Role::Contributor),
    ] {
        let mut salt = [0; 16];
        random(&mut salt);
        local.create_account(&Account {
            name: AccountName::parse(name)?,
            role,
            password: hash_password(PASSWORD, salt)?,
            created: now(),
        })?;
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let settings = Settings::new("Préfecture de l’Exemple", Transport::Loopback(port), &[])?;
    println!("http://127.0.0.1:{port}/ (jeanne.durand, {PASSWORD})");
    let app = App::new(local, settings, now, random);
    let cancel = CancellationToken::new();
    tokio::select! {
        served = serve(listener, router(app), cancel.clone()) => served?,
        _ = tokio::signal::ctrl_c() => cancel.cancel(),
    }
    Ok(())
}

fn now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = elapsed.map_or(0, |elapsed| elapsed.as_millis());
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

fn random(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the system gives random bytes");
}
