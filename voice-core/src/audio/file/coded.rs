//! Recordings in containers other than WAV, by Symphonia and an Opus decoder.

use symphonia::core::audio::{AudioSpec, GenericAudioBufferRef};
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::common::Limit;
use symphonia::core::errors::Error as MediaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;

use super::source::{Permit, Source};
use super::{Remark, unreadable};
use crate::audio::opus::OpusDecoder;
use crate::audio::{Container, Format, SampleEncoding};
use crate::error::{Error, ErrorKind, Result};

/// The most packets in a row without audio, after which the rest of a file is taken for damage.
const MAX_WITHOUT_AUDIO: u32 = 100_000;

/// Tags and pictures are not kept.
const MAX_TAG: usize = 64 << 10;

/// The longest coded packet; a longer one is damage.
const MAX_PACKET: usize = 4 << 20;

/// A recording as floats at its own sample rate.
pub(super) struct Reader {
    container: Container,
    demuxer: Box<dyn FormatReader>,
    permit: Permit,
    track: u32,
    decoder: Decoder,
    format: Format,
    duration_ms: Option<u64>,
    /// Decoded audio that the caller has not read yet.
    decoded: Vec<u8>,
    is_over: bool,
    remarks: Vec<Remark>,
}

enum Decoder {
    Symphonia(Box<dyn AudioDecoder>),
    Opus(Box<Opus>),
}

struct Opus {
    decoder: OpusDecoder,
    /// Bytes at the start that are not part of the recording.
    skipped: usize,
    audio: Vec<u8>,
}

/// Interleaved floats of one packet.
struct Decoded {
    rate: u32,
    channels: usize,
    samples: Vec<f32>,
}

impl Reader {
    /// Reads the header and the first audio. Fails with [`ErrorKind::AudioFileInvalid`],
    /// [`ErrorKind::AudioFormatUnsupported`] or [`ErrorKind::Io`].
    pub(super) fn new(source: Source, container: Container) -> Result<Self> {
        // The crates of containers and codecs may panic on damage.
        crate::catch(|| Self::open(source, container)).unwrap_or_else(|_| {
            let message = format!("{} that is damaged; record it again", container.name());
            Err(Error::new(ErrorKind::AudioFileInvalid, message))
        })
    }

    fn open(source: Source, container: Container) -> Result<Self> {
        let permit = source.permit();
        let stream = MediaSourceStream::new(Box::new(source), MediaSourceStreamOptions::default());
        let tags = MetadataOptions::default()
            .limit_tag_bytes(Limit::Maximum(MAX_TAG))
            .limit_visual_bytes(Limit::Maximum(MAX_TAG));
        let mut hint = Hint::new();
        hint.with_extension(extension(container));
        let demuxer = symphonia::default::get_probe()
            .probe(&hint, stream, FormatOptions::default(), tags)
            .map_err(|error| invalid(container, error))?;
        let track = demuxer.default_track(TrackType::Audio).ok_or_else(|| {
            let message = format!("{} without audio; give a recording of speech", container.name());
            Error::new(ErrorKind::AudioFileInvalid, message)
        })?;
        let mut remarks = Vec::new();
        if demuxer.tracks().iter().filter(|track| audio(track).is_some()).count() > 1 {
            remarks.push(Remark::OtherTracks);
        }
        let mut reader = Self {
            container,
            permit,
            track: track.id,
            decoder: Decoder::new(container, track)?,
            format: Format::default(),
            duration_ms: duration_ms(track),
            demuxer,
            decoded: Vec::new(),
            is_over: false,
            remarks,
        };
        reader.read_first()?;
        Ok(reader)
    }

    pub(super) fn format(&self) -> Format {
        self.format
    }

    pub(super) fn duration_ms(&self) -> Option<u64> {
        self.duration_ms
    }

    pub(super) fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    pub(super) fn read(&mut self, ms: u32, block: &mut Vec<u8>) -> Result<()> {
        block.clear();
        let wanted = self.format.bytes_in(ms).max(self.format.frame_bytes());
        if let Ok(outcome) = crate::catch(|| self.decode(wanted)) {
            outcome?;
        } else {
            self.remark(Remark::Damaged);
            self.is_over = true;
        }
        block.extend(self.decoded.drain(..wanted.min(self.decoded.len())));
        Ok(())
    }

    /// Decodes until there are `wanted` bytes, or to the end.
    fn decode(&mut self, wanted: usize) -> Result<()> {
        while self.decoded.len() < wanted && !self.is_over {
            match self.next()? {
                Some(decoded) if decoded.rate == self.format.sample_rate() => self.append(&decoded),
                Some(_) => {
                    self.remark(Remark::RateChanged);
                    self.is_over = true;
                }
                None => self.is_over = true,
            }
        }
        Ok(())
    }

    /// The first audio tells the format; what the header says of it is not always true.
    fn read_first(&mut self) -> Result<()> {
        let Some(first) = self.next()? else {
            if self.remarks.contains(&Remark::Damaged) {
                let message =
                    format!("{} whose audio cannot be decoded; record it again", self.container.name());
                return Err(Error::new(ErrorKind::AudioFileInvalid, message));
            }
            self.is_over = true;
            return Ok(());
        };
        let channels = u16::try_from(first.channels).unwrap_or(u16::MAX);
        self.format = Format::new(SampleEncoding::PcmF32, first.rate, channels)?;
        self.append(&first);
        Ok(())
    }

    /// The next audio; `None` at the end.
    fn next(&mut self) -> Result<Option<Decoded>> {
        for _ in 0..MAX_WITHOUT_AUDIO {
            self.permit.renew();
            let packet = match self.demuxer.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return Ok(None),
                Err(MediaError::ResetRequired) => {
                    self.reset()?;
                    continue;
                }
                Err(MediaError::IoError(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                    // A recorder that does not know the length of its recording ends it like this in WebM.
                    if self.container != Container::Webm {
                        self.remark(Remark::Truncated);
                    }
                    return Ok(None);
                }
                Err(MediaError::IoError(error)) if !self.permit.is_used_up() => {
                    return Err(unreadable(error));
                }
                Err(_) => {
                    self.remark(Remark::Damaged);
                    return Ok(None);
                }
            };
            while self.demuxer.metadata().pop().is_some() {}
            if packet.track_id != self.track {
                continue;
            }
            match self.decoder.decode(&packet) {
                Some(decoded) if decoded.samples.is_empty() => {}
                Some(decoded) => return Ok(Some(decoded)),
                None => self.remark(Remark::Damaged),
            }
        }
        self.remark(Remark::Damaged);
        Ok(None)
    }

    /// Continues with the next of several recordings that follow each other.
    fn reset(&mut self) -> Result<()> {
        let track = self.demuxer.default_track(TrackType::Audio).ok_or_else(|| {
            Error::new(ErrorKind::AudioFileInvalid, "the file goes on without audio; record it again")
        })?;
        self.track = track.id;
        self.decoder = Decoder::new(self.container, track)?;
        Ok(())
    }

    /// Appends `decoded` in the channels of the format.
    fn append(&mut self, decoded: &Decoded) {
        let channels = usize::from(self.format.channels());
        if decoded.channels == channels {
            self.decoded.extend(decoded.samples.iter().flat_map(|sample| sample.to_le_bytes()));
            return;
        }
        for frame in decoded.samples.chunks_exact(decoded.channels) {
            let mean = frame.iter().sum::<f32>() / decoded.channels as f32;
            for _ in 0..channels {
                self.decoded.extend_from_slice(&mean.to_le_bytes());
            }
        }
    }

    fn remark(&mut self, remark: Remark) {
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }
}

impl Decoder {
    fn new(container: Container, track: &Track) -> Result<Self> {
        let parameters = audio(track).ok_or_else(|| unsupported(container))?;
        if parameters.codec == CODEC_ID_OPUS {
            return Opus::new(parameters).map(|opus| Self::Opus(Box::new(opus)));
        }
        if parameters.channels.as_ref().is_some_and(|channels| channels.count() > Format::MAX_CHANNELS.into())
            || parameters.sample_rate.is_some_and(|rate| rate > Format::MAX_RATE)
        {
            let message = format!(
                "{} with more than {} channels or {} Hz; convert it",
                container.name(),
                Format::MAX_CHANNELS,
                Format::MAX_RATE
            );
            return Err(Error::new(ErrorKind::AudioFormatUnsupported, message));
        }
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(parameters, &AudioDecoderOptions::default())
            .map_err(|error| unsupported(container).with_source(error))?;
        Ok(Self::Symphonia(decoder))
    }

    /// The audio of `packet`; `None` if it is damaged.
    fn decode(&mut self, packet: &Packet) -> Option<Decoded> {
        if packet.data.len() > MAX_PACKET {
            return None;
        }
        match self {
            Self::Symphonia(decoder) => Decoded::of(&decoder.decode(packet).ok()?),
            Self::Opus(opus) => opus.decode(packet),
        }
    }
}

impl Opus {
    /// The header is that of RFC 7845, 5.1, whose version is 1. In MPEG-4 the version is 0 and the order of bytes the
    /// opposite.
    fn new(parameters: &AudioCodecParameters) -> Result<Self> {
        let head = parameters.extra_data.as_deref().unwrap_or_default();
        let channels = u16::from(head.get(9).copied().unwrap_or(1));
        let order: fn([u8; 2]) -> u16 =
            if head.get(8) == Some(&0) { u16::from_be_bytes } else { u16::from_le_bytes };
        let pre_skip = head.get(10..).and_then(|bytes| bytes.first_chunk()).map_or(0, |&bytes| order(bytes));
        let format = Format::new(SampleEncoding::PcmI16, 48_000, channels.max(1))?;
        let decoder = OpusDecoder::new(format)?;
        Ok(Self { skipped: usize::from(pre_skip) * format.frame_bytes(), decoder, audio: Vec::new() })
    }

    fn decode(&mut self, packet: &Packet) -> Option<Decoded> {
        self.audio.clear();
        let outcome = self.decoder.decode(&packet.data, &mut self.audio);
        let format = self.decoder.format();
        let past_end = usize::try_from(packet.trim_end.get()).unwrap_or(usize::MAX);
        let kept = self.audio.len().saturating_sub(past_end.saturating_mul(format.frame_bytes()));
        let skipped = self.skipped.min(kept);
        self.skipped -= skipped;
        outcome.ok()?;
        let samples = self.audio[skipped..kept].as_chunks().0.iter();
        Some(Decoded {
            rate: format.sample_rate(),
            channels: format.channels().into(),
            samples: samples.map(|&bytes| f32::from(i16::from_le_bytes(bytes)) / 32_768.0).collect(),
        })
    }
}

impl Decoded {
    fn of(buffer: &GenericAudioBufferRef<'_>) -> Option<Self> {
        let spec: &AudioSpec = buffer.spec();
        let (rate, channels) = (spec.rate(), spec.channels().count());
        let mut samples = Vec::new();
        buffer.copy_to_vec_interleaved(&mut samples);
        (channels > 0).then_some(Self { rate, channels, samples })
    }
}

fn audio(track: &Track) -> Option<&AudioCodecParameters> {
    track.codec_params.as_ref().and_then(CodecParameters::audio)
}

fn duration_ms(track: &Track) -> Option<u64> {
    let time = track.time_base?.calc_duration(track.duration?)?;
    u64::try_from(time.as_millis()).ok().filter(|&ms| ms > 0)
}

/// By which the demuxer is chosen if the first bytes fit several.
fn extension(container: Container) -> &'static str {
    match container {
        Container::Mp3 => "mp3",
        Container::Aac => "aac",
        Container::Flac => "flac",
        Container::Ogg => "ogg",
        Container::Webm => "webm",
        Container::Mp4 => "m4a",
        Container::Aiff => "aiff",
        Container::Caf => "caf",
        _ => "wav",
    }
}

fn invalid(container: Container, error: MediaError) -> Error {
    let message = format!(
        "{} that cannot be read; if it comes through a pipe, give the file, else convert it: \
         ffmpeg -i FILE -ar 16000 -ac 1 out.wav",
        container.name()
    );
    Error::new(ErrorKind::AudioFileInvalid, message).with_source(error)
}

fn unsupported(container: Container) -> Error {
    let message = format!(
        "{} with a codec that this build does not decode; convert it: ffmpeg -i FILE -ar 16000 -ac 1 out.wav",
        container.name()
    );
    Error::new(ErrorKind::AudioFormatUnsupported, message)
}
