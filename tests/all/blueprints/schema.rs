//! The part of Render's Blueprint format that we use (render.com/docs/blueprint-spec).

#![expect(dead_code, reason = "that a field can be read is its check")]

use std::collections::HashSet;

use serde::Deserialize;

/// What is wrong with a Blueprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Mistake {
    /// A field, a value or a type that the format does not have.
    Shape,
    /// The delay is 1 to 300 seconds.
    Delay,
    /// Render takes none beside a disk, …
    DelayBesideDisk,
    /// … nor on the free plan.
    FreeWithDelay,
    /// A disk belongs to one instance, …
    DiskOfSeveral,
    /// … and to a plan that is paid for.
    FreeWithDisk,
    DiskSize,
    /// An absolute path, and not that of the whole system.
    MountPath,
    HealthCheckPath,
    Scaling,
    /// A variable has one source.
    VariableSources,
    VariableTwice,
    /// A reference to something that the Blueprint does not make.
    UnknownReference,
    NameTwice,
}

impl Mistake {
    pub(super) const COUNT: usize = Self::NameTwice as usize + 1;
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Blueprint {
    services: Vec<Service>,
    #[serde(default)]
    databases: Vec<Database>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Service {
    Web(Box<Web>),
    Keyvalue(KeyValue),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Web {
    name: String,
    runtime: Runtime,
    pub(super) dockerfile_path: Option<String>,
    region: Region,
    plan: Plan,
    auto_deploy_trigger: Trigger,
    health_check_path: String,
    pub(super) max_shutdown_delay_seconds: Option<u32>,
    num_instances: Option<u32>,
    pub(super) scaling: Option<Scaling>,
    pub(super) disk: Option<Disk>,
    pub(super) env_vars: Vec<Variable>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Runtime {
    Docker,
    Rust,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Region {
    Frankfurt,
    Ohio,
    Oregon,
    Singapore,
    Virginia,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Plan {
    Free,
    Starter,
    Standard,
    Pro,
    #[serde(rename = "pro plus")]
    ProPlus,
    #[serde(rename = "pro max")]
    ProMax,
    #[serde(rename = "pro ultra")]
    ProUltra,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Trigger {
    Commit,
    ChecksPass,
    Off,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scaling {
    #[serde(rename = "minInstances")]
    min: u32,
    #[serde(rename = "maxInstances")]
    max: u32,
    #[serde(rename = "targetCPUPercent")]
    cpu: Option<u32>,
    #[serde(rename = "targetMemoryPercent")]
    memory: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Disk {
    name: String,
    pub(super) mount_path: String,
    #[serde(rename = "sizeGB")]
    pub(super) size_gb: u32,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Variable {
    pub(super) key: String,
    /// A string: YAML's numbers and switches are not what an environment holds.
    pub(super) value: Option<String>,
    pub(super) generate_value: Option<bool>,
    sync: Option<bool>,
    pub(super) from_service: Option<FromService>,
    pub(super) from_database: Option<FromDatabase>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FromService {
    #[serde(rename = "type")]
    kind: Referred,
    name: String,
    property: Property,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Referred {
    Keyvalue,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FromDatabase {
    name: String,
    property: Property,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Property {
    ConnectionString,
    Host,
    Port,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct KeyValue {
    name: String,
    region: Region,
    plan: Plan,
    maxmemory_policy: Policy,
    /// Required by Render: whoever means everybody must say so.
    ip_allow_list: Vec<Network>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Policy {
    #[serde(rename = "noeviction")]
    NoEviction,
    AllkeysLru,
    VolatileLru,
    VolatileTtl,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Network {
    source: String,
    description: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Database {
    name: String,
    region: Region,
    plan: DatabasePlan,
    postgres_major_version: String,
    ip_allow_list: Vec<Network>,
}

#[derive(Debug, Deserialize)]
enum DatabasePlan {
    #[serde(rename = "free")]
    Free,
    #[serde(rename = "basic-256mb")]
    Basic256Mb,
    #[serde(rename = "basic-1gb")]
    Basic1Gb,
    #[serde(rename = "basic-4gb")]
    Basic4Gb,
    #[serde(rename = "pro-4gb")]
    Pro4Gb,
}

/// Reads a Blueprint, or tells all that is wrong with it.
pub(super) fn read(text: &str) -> Result<Blueprint, Vec<Mistake>> {
    let options = serde_saphyr::options! { strict_booleans: true, no_schema: true };
    let blueprint: Blueprint =
        serde_saphyr::from_str_with_options(text, options).map_err(|_| vec![Mistake::Shape])?;
    let mistakes = blueprint.mistakes();
    if mistakes.is_empty() { Ok(blueprint) } else { Err(mistakes) }
}

impl Blueprint {
    /// The one web service.
    pub(super) fn web(&self) -> &Web {
        let web = self.services.iter().find_map(|service| match service {
            Service::Web(web) => Some(&**web),
            Service::Keyvalue(_) => None,
        });
        web.expect("a web service")
    }

    fn mistakes(&self) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        let mut names = HashSet::new();
        let (mut stores, mut webs) = (HashSet::new(), Vec::new());
        for service in &self.services {
            let name = match service {
                Service::Web(web) => {
                    webs.push(web);
                    &web.name
                }
                Service::Keyvalue(store) => {
                    stores.insert(&store.name);
                    &store.name
                }
            };
            if !names.insert(name) {
                mistakes.push(Mistake::NameTwice);
            }
        }
        for web in webs {
            mistakes.extend(web.mistakes());
            for variable in &web.env_vars {
                let service = variable.from_service.as_ref();
                let is_store = service
                    .is_none_or(|FromService { kind: Referred::Keyvalue, name, .. }| stores.contains(name));
                let database = variable.from_database.as_ref();
                let is_database =
                    database.is_none_or(|from| self.databases.iter().any(|made| made.name == from.name));
                if !is_store || !is_database {
                    mistakes.push(Mistake::UnknownReference);
                }
            }
        }
        mistakes
    }
}

impl Web {
    pub(super) fn variable(&self, key: &str) -> Option<&Variable> {
        self.env_vars.iter().find(|variable| variable.key == key)
    }

    pub(super) fn value(&self, key: &str) -> Option<&str> {
        self.variable(key)?.value.as_deref()
    }

    fn mistakes(&self) -> Vec<Mistake> {
        let several = self.num_instances.is_some_and(|count| count > 1) || self.scaling.is_some();
        let delay = self.max_shutdown_delay_seconds;
        let disk = self.disk.as_ref();
        let percent = |target: Option<u32>| target.is_none_or(|percent| (1..=90).contains(&percent));
        let scales = |scaling: &Scaling| {
            (1..=scaling.max).contains(&scaling.min)
                && scaling.max <= 100
                && (scaling.cpu.is_some() || scaling.memory.is_some() || scaling.min == scaling.max)
                && percent(scaling.cpu)
                && percent(scaling.memory)
        };
        let mut keys = HashSet::new();
        let checks = [
            (delay.is_none_or(|seconds| (1..=300).contains(&seconds)), Mistake::Delay),
            (delay.is_none() || disk.is_none(), Mistake::DelayBesideDisk),
            (delay.is_none() || self.plan != Plan::Free, Mistake::FreeWithDelay),
            (disk.is_none() || !several, Mistake::DiskOfSeveral),
            (disk.is_none() || self.plan != Plan::Free, Mistake::FreeWithDisk),
            (disk.is_none_or(|disk| disk.size_gb > 0 && !disk.name.is_empty()), Mistake::DiskSize),
            (
                disk.is_none_or(|disk| disk.mount_path.starts_with('/') && disk.mount_path.len() > 1),
                Mistake::MountPath,
            ),
            (self.health_check_path.starts_with('/'), Mistake::HealthCheckPath),
            (self.scaling.as_ref().is_none_or(scales), Mistake::Scaling),
            (self.env_vars.iter().all(|variable| variable.sources() == 1), Mistake::VariableSources),
            (self.env_vars.iter().all(|variable| keys.insert(&variable.key)), Mistake::VariableTwice),
        ];
        checks.into_iter().filter(|(holds, _)| !holds).map(|(_, mistake)| mistake).collect()
    }
}

impl Variable {
    fn sources(&self) -> usize {
        let typed_in = self.sync == Some(false);
        let generated = self.generate_value == Some(true);
        [self.value.is_some(), generated, typed_in, self.from_service.is_some(), self.from_database.is_some()]
            .into_iter()
            .filter(|given| *given)
            .count()
    }
}
