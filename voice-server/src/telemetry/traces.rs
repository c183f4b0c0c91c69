//! Traces for an OTLP collector (`OTEL_EXPORTER_OTLP_ENDPOINT`): one span per session, in the trace of the client's
//! `traceparent` if it sends one (W3C Trace Context). Spans contain no address, subject or token.

use std::time::Duration;

use hyper::HeaderMap;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{Span as _, SpanKind, Tracer as _, TracerProvider as _};
use opentelemetry::{KeyValue, trace::Status};
use opentelemetry_http::{Bytes, HeaderExtractor, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, Span};

/// The longest request to a collector.
const DEADLINE: Duration = Duration::from_secs(10);

/// The exporter of traces, if a collector is configured.
pub(crate) struct Traces(Option<(SdkTracerProvider, SdkTracer)>);

/// The span of a session, which ends with it.
pub(crate) struct SessionSpan(Option<Span>);

impl Traces {
    /// `endpoint`: the base address of the collector, such as `http://127.0.0.1:4318`.
    pub(crate) fn to(endpoint: Option<&str>) -> Result<Self, String> {
        let Some(endpoint) = endpoint else { return Ok(Self(None)) };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client)
            .with_protocol(Protocol::HttpJson)
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .build()
            .map_err(|error| format!("OTEL_EXPORTER_OTLP_ENDPOINT: {error}"))?;
        let resource = Resource::builder()
            .with_service_name("voice-server")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider =
            SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
        let tracer = provider.tracer("voice-server");
        Ok(Self(Some((provider, tracer))))
    }

    /// Begins the span of a session that was requested with these headers.
    pub(crate) fn session(&self, headers: &HeaderMap, path: &'static str, request_id: &str) -> SessionSpan {
        let Some((_, tracer)) = &self.0 else { return SessionSpan(None) };
        let parent = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
        let attributes =
            [KeyValue::new("http.route", path), KeyValue::new("voice.request_id", request_id.to_owned())];
        let builder = tracer.span_builder("session").with_kind(SpanKind::Server).with_attributes(attributes);
        SessionSpan(Some(builder.start_with_context(tracer, &parent)))
    }

    /// Sends the remaining spans, at the end of the process.
    pub(crate) fn close(&self) {
        if let Some((provider, _)) = &self.0
            && let Err(error) = provider.shutdown_with_timeout(DEADLINE)
        {
            tracing::warn!(%error, "the last traces were lost");
        }
    }
}

impl SessionSpan {
    pub(crate) fn opened(&mut self, session: u64) {
        if let Some(span) = &mut self.0 {
            span.add_event("opened", vec![KeyValue::new("voice.session", session as i64)]);
        }
    }

    pub(crate) fn final_result(&mut self, latency: Duration) {
        if let Some(span) = &mut self.0 {
            let latency = KeyValue::new("voice.latency_ms", latency.as_secs_f64() * 1_000.0);
            span.add_event("final", vec![latency]);
        }
    }

    /// `close`: the code of the close frame, `ok`, or `gone`.
    pub(crate) fn ended(&mut self, close: &str, bytes: u64) {
        if let Some(span) = &mut self.0 {
            span.set_attribute(KeyValue::new("voice.close", close.to_owned()));
            span.set_attribute(KeyValue::new("voice.audio_bytes", bytes as i64));
            if !matches!(close, "1000" | "1001" | "ok" | "gone") {
                span.set_status(Status::error(close.to_owned()));
            }
            span.end();
        }
    }
}

/// Sends the requests of the exporter's thread.
#[derive(Debug)]
struct Client;

#[async_trait::async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let mut outgoing = attohttpc::RequestBuilder::new(head.method, head.uri.to_string())
            .connect_timeout(DEADLINE)
            .timeout(DEADLINE)
            .follow_redirects(false);
        for (name, value) in &head.headers {
            outgoing = outgoing.header(name, value);
        }
        let (status, headers, reader) = outgoing.bytes(&body).send()?.split();
        let mut response = Response::new(reader.bytes()?.into());
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}
