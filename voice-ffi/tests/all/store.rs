//! The store through the C interface: list, pull, progress, cancel, verify, remove.

use std::ffi::{CStr, c_void};
use std::fs;
use std::io::{Read as _, Write as _};
use std::mem::MaybeUninit;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use voice::*;

use crate::build::{code, options, path};

const CONTENT: &[u8] = &[7; 300_000];

/// The SHA-256 of a file.
fn sha256(file: &Path) -> String {
    let told = crate::build::run(std::process::Command::new("sha256sum").arg(file));
    told.split_whitespace().next().unwrap().to_owned()
}

/// Answers the given number of requests with `CONTENT`, then ends.
pub(crate) fn server(requests: usize) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = move || {
        for _ in 0..requests {
            let (mut socket, _) = listener.accept().unwrap();
            let mut request = [0; 4_096];
            let _ = socket.read(&mut request).unwrap();
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", CONTENT.len());
            // A client that cancels closes the connection early.
            let _ = socket.write_all(head.as_bytes()).and_then(|()| socket.write_all(CONTENT));
        }
    };
    (port, std::thread::spawn(answer))
}

/// A manifest of one model, `toy`, on that server.
pub(crate) fn manifest(folder: &Path, port: u16) -> PathBuf {
    let (content, manifest) = (folder.join("content"), folder.join("manifest.toml"));
    fs::write(&content, CONTENT).unwrap();
    let entry = format!(
        "version = 1\n[[model]]\nname = \"toy\"\ntask = \"stt\"\nlanguages = [\"ar\", \"en\"]\nengine = \"vosk\"\n\
         license = \"CC0-1.0\"\n[[model.file]]\nurl = \"http://127.0.0.1:{port}/a\"\npath = \"a\"\nsize = {}\n\
         sha256 = \"{}\"\n",
        CONTENT.len(),
        sha256(&content)
    );
    fs::write(&manifest, entry).unwrap();
    manifest
}

/// The reported bytes, and the number of calls after which the host cancels.
struct Watch {
    done: u64,
    calls: u32,
    patience: u32,
}

unsafe extern "C" fn watch(userdata: *mut c_void, progress: *const voice_pull_progress) -> bool {
    // SAFETY: the test passes a `Watch`, the library its progress.
    let (watch, progress) = unsafe { (&mut *userdata.cast::<Watch>(), &*progress) };
    assert_eq!(progress.struct_size as usize, size_of::<voice_pull_progress>());
    if progress.step == voice_pull_step::Downloading {
        assert_eq!(progress.total, CONTENT.len() as u64);
        assert!(progress.done >= watch.done);
        watch.done = progress.done;
    }
    watch.calls += 1;
    watch.calls < watch.patience
}

/// A store of one model on a local server.
struct Shop {
    _folder: tempfile::TempDir,
    store: Box<voice_store>,
}

impl Shop {
    fn new(port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let manifest = manifest(folder.path(), port);
        let (models, manifest) = (path(&folder.path().join("models")), path(&manifest));
        let options =
            voice_store_options { folder: models.as_ptr(), manifest: manifest.as_ptr(), ..options() };
        let mut store = MaybeUninit::uninit();
        // SAFETY: whole options, and an output that is a box when written.
        let store = unsafe {
            assert_eq!(code(voice_store_open(&raw const options, Some(&mut store))), voice_code::Ok);
            Box::from_raw(store.assume_init())
        };
        Self { _folder: folder, store }
    }

    fn pull(&self, watched: &mut Watch) -> voice_code {
        let userdata = (&raw mut *watched).cast();
        // SAFETY: the name ends with a NUL, and the callback gets its userdata.
        code(unsafe { voice_store_pull(Some(&self.store), c"toy".as_ptr(), Some(watch), userdata) })
    }

    fn verify(&self) -> voice_code {
        // SAFETY: the name ends with a NUL.
        code(unsafe { voice_store_verify(Some(&self.store), c"toy".as_ptr()) })
    }

    fn remove(&self) -> voice_code {
        // SAFETY: the name ends with a NUL.
        code(unsafe { voice_store_remove(Some(&self.store), c"toy".as_ptr()) })
    }

    /// The presence of the model and its folder.
    fn look(&self) -> (voice_model_presence, String) {
        let mut list = MaybeUninit::uninit();
        assert_eq!(code(voice_store_list(Some(&self.store), Some(&mut list))), voice_code::Ok);
        // SAFETY: written on success, and alive until freed here.
        unsafe {
            let list = list.assume_init();
            let models = std::slice::from_raw_parts((*list).models, (*list).models_len);
            let text = |text: voice_text| CStr::from_ptr(text.ptr).to_str().unwrap().to_owned();
            assert!(models.len() > 1, "those that the library knows are there too");
            let toy = models.iter().find(|model| text(model.name) == "toy").unwrap();
            assert_eq!((toy.task, toy.size), (voice_model_task::Stt, CONTENT.len() as u64));
            assert_eq!((text(toy.languages), text(toy.license)), ("ar en".to_owned(), "CC0-1.0".to_owned()));
            let seen = (toy.presence, text(toy.path));
            voice_model_list_free(list);
            seen
        }
    }
}

#[test]
#[cfg_attr(not(feature = "download"), ignore = "this build downloads nothing")]
fn model_is_pulled_verified_and_removed() {
    let (port, server) = server(1);
    let shop = Shop::new(port);
    assert_eq!(shop.look().0, voice_model_presence::Absent);
    assert_eq!(shop.verify(), voice_code::ModelNotFound);
    let mut watched = Watch { done: 0, calls: 0, patience: u32::MAX };
    assert_eq!(shop.pull(&mut watched), voice_code::Ok);
    server.join().unwrap();
    assert_eq!(watched.done, CONTENT.len() as u64);
    let (presence, folder) = shop.look();
    assert_eq!(presence, voice_model_presence::Installed);
    assert_eq!(shop.verify(), voice_code::Ok);
    let file = Path::new(&folder).join("a");
    assert_eq!(fs::read(&file).unwrap(), CONTENT);
    fs::write(&file, vec![8; 300_000]).unwrap();
    assert_eq!(shop.verify(), voice_code::ModelInvalid);
    assert_eq!(shop.remove(), voice_code::Ok);
    assert_eq!(shop.look().0, voice_model_presence::Absent);
    assert_eq!(shop.remove(), voice_code::ModelNotFound);
}

#[test]
#[cfg(not(feature = "download"))]
fn pull_without_downloads_is_offline() {
    let shop = Shop::new(1);
    let mut watched = Watch { done: 0, calls: 0, patience: u32::MAX };
    assert_eq!(shop.pull(&mut watched), voice_code::Offline);
    assert_eq!(watched.calls, 0);
}

#[test]
#[cfg_attr(not(feature = "download"), ignore = "this build downloads nothing")]
fn host_can_cancel_a_pull() {
    let (port, server) = server(1);
    let shop = Shop::new(port);
    let mut watched = Watch { done: 0, calls: 0, patience: 1 };
    assert_eq!(shop.pull(&mut watched), voice_code::Cancelled);
    assert_eq!(watched.calls, 1);
    assert_ne!(shop.look().0, voice_model_presence::Installed);
    server.join().unwrap();
}
