use std::sync::Arc;

use hyper::body::Incoming;
use hyper::header::{CONNECTION, UPGRADE};
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use voice_core::{Error, ErrorKind};

use super::session;
use crate::http::{self, Body};
use crate::serve::App;

/// The largest message. Clients of vosk-server send up to this much in one piece.
pub(crate) const MAX_MESSAGE: usize = 1 << 20;

/// Read and write buffers of a connection; the library's default of 128 KiB each would be most of a
/// silent session's memory.
const BUFFER: usize = 4 << 10;

pub(crate) fn is_upgrade<B>(request: &Request<B>) -> bool {
    let names = |header| {
        let values = request.headers().get_all(header).iter();
        values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','))
    };
    names(CONNECTION).any(|name| name.trim().eq_ignore_ascii_case("upgrade"))
        && names(UPGRADE).any(|name| name.trim().eq_ignore_ascii_case("websocket"))
}

/// The value of a query parameter, as it stands: those that are understood need no escapes.
fn query<'a>(uri: &'a Uri, name: &str) -> Option<&'a str> {
    let pairs = uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()
}

/// Admits the client and answers its handshake; the session runs in a task of its own.
pub(crate) fn upgrade(mut request: Request<Incoming>, app: &Arc<App>) -> Response<Body> {
    let mut handshake = Request::new(());
    *handshake.method_mut() = request.method().clone();
    *handshake.version_mut() = request.version();
    handshake.headers_mut().clone_from(request.headers());
    let Ok(response) = create_response(&handshake) else {
        let error = Error::new(
            ErrorKind::MessageInvalid,
            "the WebSocket handshake is incomplete; send version 13 and a key",
        );
        return http::error(StatusCode::BAD_REQUEST, &error);
    };
    let language = query(request.uri(), "language");
    let model = match app.engine.stt_model(language) {
        Ok(model) => model,
        Err(error) if error.kind() == ErrorKind::OptionInvalid => {
            return http::error(StatusCode::BAD_REQUEST, &error);
        }
        Err(error) => {
            return http::refusal(StatusCode::SERVICE_UNAVAILABLE, &error, app.engine.next_try());
        }
    };
    let admission = match app.sessions.admit() {
        Ok(admission) => admission,
        Err(error) => return http::error(StatusCode::SERVICE_UNAVAILABLE, &error),
    };
    let app = Arc::clone(app);
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let Ok(connection) = upgraded.await else { return };
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER)
            .write_buffer_size(BUFFER)
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE));
        let io = TokioIo::new(connection);
        let socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
        session::drive(socket, model, app, admission).await;
    });
    response.map(|()| Body::default())
}
