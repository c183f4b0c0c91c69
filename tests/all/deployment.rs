//! Checks of the image, the unit and the proxies that do not run them.

use std::process::Command;

fn text(path: &str) -> String {
    std::fs::read_to_string(voice_tests::root().join(path)).unwrap()
}

#[test]
fn dockerfile_contains_the_required_lines() {
    let image = text("Dockerfile");
    for step in ["scripts/tools.sh", "python3 scripts/native.py"] {
        assert!(image.contains(step) && text("Makefile").contains(step), "{step}");
    }
    for line in text("scripts/native.py").lines().filter_map(|line| line.strip_prefix("import ")) {
        let module = format!("scripts/{line}.py");
        assert!(!voice_tests::root().join(&module).exists() || image.contains(&module), "{module}");
    }
    let last = image.rsplit("\nFROM ").next().unwrap();
    for line in [
        "USER 1000:1000",
        "CMD [\"voice-server\", \"doctor\", \"--health\", \"--timeout\", \"5\"]",
        "ENTRYPOINT [\"voice-server\"]",
    ] {
        assert!(last.contains(line), "the last stage lacks {line}");
    }
    assert!(!image.contains("ADD "), "nothing comes from elsewhere unchecked");
    // Paths that are listed one by one cannot be forgotten.
    assert_eq!(text(".dockerignore").lines().find(|line| !line.starts_with('#')), Some("*"));
}

/// The values of all lines `name=value` of the unit.
fn settings<'a>(unit: &'a str, name: &str) -> Vec<&'a str> {
    unit.lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value)
        .collect()
}

#[test]
fn unit_contains_the_required_lines() {
    let unit = text("deploy/voice-server.service");
    let grace = settings(&unit, "Environment")
        .into_iter()
        .find_map(|value| value.strip_prefix("VOICE_GRACE_SECONDS="));
    let grace: u32 = grace.unwrap().parse().unwrap();
    let stop: u32 = settings(&unit, "TimeoutStopSec")[0].parse().unwrap();
    assert!(stop > grace);
    let guide = text("docs/deploy.md");
    for variable in settings(&unit, "Environment") {
        let name = variable.split('=').next().unwrap();
        assert!(guide.contains(&format!("| `{name}` |")), "nothing reads {name}");
        assert!(!name.contains("SECRET") && !name.contains("TOKEN"), "{name} is a credential");
    }
    for credential in settings(&unit, "LoadCredential") {
        assert!(guide.contains(&format!("| `{}` |", credential.split(':').next().unwrap())), "{credential}");
    }
    assert_eq!(settings(&unit, "CapabilityBoundingSet"), [""]);
    // The socket of the service manager.
    assert!(settings(&unit, "RestrictAddressFamilies")[0].contains("AF_UNIX"));
    let watchdog: u32 = settings(&unit, "WatchdogSec")[0].parse().unwrap();
    assert!(watchdog >= 40, "four messages in this time, and a stuck thread is replaced after 10 s");
    for (name, value) in [
        ("Type", "notify"),
        ("DynamicUser", "yes"),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("MemoryDenyWriteExecute", "yes"),
        ("KillSignal", "SIGTERM"),
    ] {
        assert_eq!(settings(&unit, name), [value], "{name}");
    }
}

/// The highest allowed exposure in `systemd-analyze security`, of 10: the rest is the network.
const EXPOSURE: f32 = 2.0;

#[test]
fn systemd_accepts_the_unit() {
    let analyze = |arguments: &[&str]| {
        Command::new("systemd-analyze").args(arguments).current_dir(voice_tests::root()).output()
    };
    let unit = "deploy/voice-server.service";
    let Ok(verified) = analyze(&["verify", unit]) else {
        eprintln!("skipped: there is no systemd-analyze");
        return;
    };
    let words = String::from_utf8_lossy(&verified.stderr).into_owned();
    // Without the installed program, this is the only complaint.
    let complaints: Vec<_> = words.lines().filter(|line| !line.contains("is not executable")).collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    let rated = analyze(&["security", "--offline=true", "--no-pager", unit]).unwrap();
    let table = String::from_utf8_lossy(&rated.stdout).into_owned();
    let Some(level) = table.split_once("exposure level for voice-server.service: ") else {
        eprintln!("skipped: this systemd rates no files: {}", String::from_utf8_lossy(&rated.stderr));
        return;
    };
    let level: f32 = level.1.split(' ').next().unwrap().parse().unwrap();
    assert!(level <= EXPOSURE, "{table}");
}

#[test]
fn proxy_configurations_contain_the_required_lines() {
    let nginx = text("deploy/nginx.conf");
    for line in [
        "proxy_http_version 1.1;",
        "proxy_set_header Upgrade $http_upgrade;",
        "proxy_set_header Connection $connection_upgrade;",
        "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
        "proxy_set_header X-Forwarded-Host $http_host;",
        "proxy_set_header X-Forwarded-Proto $scheme;",
        "server_tokens off;",
    ] {
        assert!(nginx.contains(line), "{line}");
    }
    assert!(text("deploy/Caddyfile").contains("reverse_proxy 127.0.0.1:2700"));
}
