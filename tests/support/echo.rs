//! A server that sends every message back, with the WebSocket settings of the voice server. It shows the properties of
//! that layer without speech.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use tungstenite::error::CapacityError;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tungstenite::{Error, Message, accept_with_config};

/// The largest message, as in the voice server.
pub const MAX_MESSAGE: usize = 1 << 20;

const BUFFER: usize = 4 << 10;

/// Starts the server on a free port of this machine; it serves `connections` clients, each on a separate thread.
pub fn start(connections: usize) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().take(connections).filter_map(Result::ok) {
            thread::spawn(move || serve(stream));
        }
    });
    address
}

fn serve(stream: TcpStream) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
    let _ = stream.set_nodelay(true);
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE));
    let Ok(mut socket) = accept_with_config(stream, Some(config)) else { return };
    let code = loop {
        match socket.read() {
            Ok(message @ (Message::Text(_) | Message::Binary(_))) => {
                if socket.send(message).is_err() {
                    return;
                }
            }
            Ok(_) => {}
            Err(Error::Capacity(CapacityError::MessageTooLong { .. })) => break CloseCode::Size,
            Err(Error::Utf8(_)) => break CloseCode::Invalid,
            Err(Error::Protocol(_)) => break CloseCode::Protocol,
            Err(_) => return linger(socket.get_mut()),
        }
    };
    let _ = socket.close(Some(CloseFrame { code, reason: "".into() }));
    let _ = socket.flush();
    linger(socket.get_mut());
}

/// Reads the rest: unread data would reset the connection, and sent data might be lost.
fn linger(stream: &mut TcpStream) {
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
    let _ = std::io::copy(&mut std::io::Read::take(stream, 64 << 20), &mut std::io::sink());
}
