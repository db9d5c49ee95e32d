use crate::api::dto::FaultDto;
use crate::sandbox::Sandbox;

/// The faults of the sandbox's gateway, as they stand.
pub fn faults(sandbox: &Sandbox) -> Vec<FaultDto> {
    let faults = sandbox.faults().all().map(|(fault, switch)| {
        let window = switch.window();
        FaultDto {
            name: fault.name.to_owned(),
            title: fault.title.to_owned(),
            words: fault.words.to_owned(),
            acts_once: fault.acts_once,
            is_on: switch.is_on(),
            from: window.map(|window| window.from.to_string()),
            until: window.and_then(|window| window.until).map(|until| until.to_string()),
        }
    });
    faults.collect()
}
