//! The accept loop, over a real socket on loopback.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use admin_ui::serve;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::browser::Node;

const DEADLINE: Duration = Duration::from_secs(20);

async fn start(cancel: &CancellationToken) -> (SocketAddr, JoinHandle<std::io::Result<()>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("is bound");
    let router = Node::new().router;
    (
        address,
        tokio::spawn(serve(listener, router, cancel.clone())),
    )
}

/// Reads until the other side closes, in whichever way.
async fn read_all(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = timeout(DEADLINE, stream.read_to_end(&mut answer)).await;
    if let Err(error) = read.expect("ends in time") {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_request_is_answered_and_the_order_to_stop_is_obeyed() {
    let cancel = CancellationToken::new();
    let (address, server) = start(&cancel).await;
    let mut stream = TcpStream::connect(address).await.expect("connects");
    let request = "GET /connexion HTTP/1.1\r\nHost: evil\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.expect("writes");
    let answer = read_all(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 421"), "{answer}");
    let mut silent = TcpStream::connect(address).await.expect("connects");
    cancel.cancel();
    let stopped = timeout(DEADLINE, server).await.expect("stops in time");
    stopped.expect("does not panic").expect("does not fail");
    read_all(&mut silent).await;
}

#[tokio::test]
async fn headers_that_never_end_are_closed_at_their_deadline() {
    let cancel = CancellationToken::new();
    let (address, _server) = start(&cancel).await;
    let mut stream = TcpStream::connect(address).await.expect("connects");
    stream
        .write_all(b"GET / HTTP/1.1\r\nHo")
        .await
        .expect("writes");
    let answer = read_all(&mut stream).await;
    assert!(!answer.contains("200"), "{answer}");
}
