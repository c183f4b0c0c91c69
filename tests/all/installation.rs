//! The installed server: `scripts/install-server.sh` with the manual pages and the completions.

#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use voice_tests::{has_program, root, server};

/// The commands that users see.
const COMMANDS: [&str; 8] =
    ["audit", "completions", "config", "doctor", "models", "say", "serve", "transcribe"];

/// The hidden ones.
const HIDDEN: [&str; 3] = ["espeak-helper", "man", "try-model"];

fn install(prefix: &Path, arguments: &[&str]) -> String {
    let built = server::program().parent().unwrap();
    success(
        Command::new(root().join("scripts/install-server.sh"))
            .args(arguments)
            .env("PREFIX", prefix)
            .env("BUILT", built)
            .env_remove("DESTDIR"),
    )
}

/// The output of a command that writes nothing to standard error.
fn success(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let complaint = String::from_utf8_lossy(&stderr);
    assert!(status.success() && complaint.is_empty(), "{command:?}: {status}: {complaint}");
    String::from_utf8(stdout).unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// What bash offers after `line` with an installed or printed script.
fn completed(script: &Path, line: &str) -> Vec<String> {
    // The last word is the one to complete; it is empty after a space.
    let query = r#"
        source "$1"
        COMP_WORDS=()
        for word in $2; do COMP_WORDS+=("$word"); done
        case "$2" in *" ") COMP_WORDS+=("") ;; esac
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        completion=$(complete -p voice-server | sed 's/.*-F \([^ ]*\) .*/\1/')
        "$completion" voice-server "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let offered = success(Command::new("bash").args(["-c", query, "bash"]).arg(script).arg(line));
    offered.lines().filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[test]
fn installation_works_and_can_be_removed() {
    let prefix = tempfile::tempdir().unwrap();
    install(prefix.path(), &[]);
    let program = prefix.path().join("bin/voice-server");
    let version = success(Command::new(&program).arg("--version"));
    assert!(version.starts_with("voice-server "), "{version}");
    let config = success(Command::new(&program).arg("config").env_clear());
    let model = prefix.path().canonicalize().unwrap().join("share/voice/models/ar-commands");
    assert!(config.contains(&format!("VOSK_MODEL_PATH={}", model.display())), "{config}");
    success(Command::new(&program).arg("models").arg("verify").arg(&model).env_clear());

    let bash = prefix.path().join("share/bash-completion/completions/voice-server");
    if has_program("bash") {
        assert_eq!(completed(&bash, "voice-server tr"), ["transcribe"]);
    }
    for file in
        ["share/zsh/site-functions/_voice-server", "share/fish/vendor_completions.d/voice-server.fish"]
    {
        assert!(prefix.path().join(file).metadata().unwrap().len() > 1_000, "{file}");
    }
    for command in COMMANDS {
        assert!(
            prefix.path().join(format!("share/man/man1/voice-server-{command}.1")).is_file(),
            "{command}"
        );
    }

    // libvoice is installed beside it and keeps its engines.
    let [libvoice, engine] = ["libvoice", "libvosk"].map(|name| {
        let kind = if cfg!(target_vendor = "apple") { "dylib" } else { "so" };
        prefix.path().join("lib").join(format!("{name}.{kind}"))
    });
    std::fs::write(&libvoice, "").unwrap();
    install(prefix.path(), &["--uninstall"]);
    assert!(engine.is_file());
    std::fs::remove_file(&libvoice).unwrap();
    install(prefix.path(), &["--uninstall"]);
    assert_eq!(files(prefix.path()), Vec::<PathBuf>::new());
}

#[test]
fn files_of_other_users_are_not_taken_for_shipped_ones() {
    let shared = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(shared.path().join("models/ar-commands")).unwrap();
    let model = |folder: &str| {
        let folder = shared.path().join(folder);
        std::fs::create_dir(&folder).unwrap();
        std::fs::copy(server::program(), folder.join("voice-server")).unwrap();
        let config = success(Command::new(folder.join("voice-server")).arg("config").env_clear());
        let line = config.lines().find_map(|line| line.strip_prefix("# default: VOSK_MODEL_PATH="));
        PathBuf::from(line.unwrap())
    };
    let found = shared.path().canonicalize().unwrap().join("models/ar-commands");
    assert_eq!(model("bin"), found);
    std::fs::remove_dir_all(shared.path().join("bin")).unwrap();
    assert_eq!(model("app"), Path::new("models/ar-commands"), "the parent of `app` is not an installation");
    std::fs::set_permissions(shared.path(), std::fs::Permissions::from_mode(0o1777)).unwrap();
    assert_eq!(model("bin"), Path::new("models/ar-commands"), "everyone may write to the parent");
}

#[test]
fn models_are_kept_in_the_data_folder_of_the_user() {
    let folder = |variables: &[(&str, &str)]| {
        let mut command = Command::new(server::program());
        let config = success(command.arg("config").env_clear().envs(variables.iter().copied()));
        let line = config.lines().find_map(|line| line.strip_prefix("# default: VOICE_MODELS_DIR="));
        line.unwrap().to_owned()
    };
    let below_home =
        if cfg!(target_vendor = "apple") { "Library/Application Support" } else { ".local/share" };
    assert_eq!(folder(&[("HOME", "/home/u")]), format!("/home/u/{below_home}/libvoice/models"));
    if cfg!(target_os = "linux") {
        let home = ("HOME", "/home/u");
        assert_eq!(folder(&[home, ("XDG_DATA_HOME", "/data")]), "/data/libvoice/models");
        assert_eq!(folder(&[home, ("XDG_DATA_HOME", "data")]), "/home/u/.local/share/libvoice/models");
        assert_eq!(folder(&[home, ("XDG_DATA_HOME", "")]), "/home/u/.local/share/libvoice/models");
    }
    // Without the variable, the system knows the home of the user.
    assert!(!folder(&[]).starts_with("/tmp/"));
}

#[test]
fn bash_completes_commands_options_and_values() {
    if !has_program("bash") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("completions");
    // A wrong environment does not matter.
    let printed =
        success(Command::new(server::program()).args(["completions", "bash"]).env("VOICE_THREADS", "0"));
    std::fs::write(&script, printed).unwrap();
    let offered = |line: &str| completed(&script, &format!("voice-server {line}"));
    let commands = offered("");
    for command in COMMANDS {
        assert!(commands.contains(&command.to_owned()), "{command} is not in {commands:?}");
    }
    for command in HIDDEN {
        assert!(!commands.contains(&command.to_owned()), "{command} is in {commands:?}");
    }
    assert_eq!(offered("models pu"), ["pull"]);
    assert_eq!(offered("transcribe --ch"), ["--channels"]);
    assert_eq!(offered("transcribe --channels "), ["mix", "split"]);
    assert_eq!(offered("say --voi"), ["--voice"]);
    assert_eq!(offered("audit verify --key"), ["--key-file"]);
}

#[test]
fn other_shells_get_scripts_and_unknown_ones_the_list() {
    for shell in ["elvish", "fish", "powershell", "zsh"] {
        let script = success(Command::new(server::program()).args(["completions", shell]));
        assert!(script.contains("transcribe") && !script.contains("espeak-helper"), "{shell}");
    }
    let output = Command::new(server::program()).args(["completions", "dash"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.contains("bash, elvish, fish, powershell, zsh"), "{complaint}");
}

#[test]
fn manual_pages_are_valid_and_complete() {
    let folder = tempfile::tempdir().unwrap();
    success(Command::new(server::program()).arg("man").arg(folder.path()).env("VOICE_THREADS", "0"));
    let main = std::fs::read_to_string(folder.path().join("voice-server.1")).unwrap();
    for command in COMMANDS {
        assert!(main.contains(&format!("voice\\-server\\-{command}(1)")), "{command}");
    }
    let settings = success(Command::new(server::program()).arg("config").env_clear());
    for line in settings.lines() {
        let name = line.trim_start_matches("# default: ").split('=').next().unwrap();
        assert!(main.contains(&format!("\\fB{name}")) || main.contains(&format!(", {name}")), "{name}");
    }
    for page in files(folder.path()) {
        let name = page.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(!HIDDEN.iter().any(|hidden| name.ends_with(&format!("-{hidden}"))), "{name}");
        if has_program("groff") {
            // Warnings go to standard error, which `success` checks.
            let mut groff = Command::new("groff");
            let text = success(groff.args(["-K", "utf8", "-man", "-T", "utf8", "-ww"]).arg(&page));
            assert!(text.contains("User Commands") && text.contains(&name), "{text}");
        }
    }
    let output = Command::new(server::program()).args(["man", "/dev/null/pages"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/dev/null/pages"));
}
