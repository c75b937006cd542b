//! Devices to compare on: every adapter of this machine, opened once a thread. Knows no twin.

use genki::render::gpu::{Adapter, GpuRenderer, adapters};

/// Runs `test` on each adapter; without any it says so, or fails if a device was promised.
pub fn on_each_adapter(test: impl Fn(&Adapter, &mut GpuRenderer)) {
    let all = adapters();
    if all.is_empty() {
        assert!(std::env::var_os("GENKI_REQUIRE_GPU").is_none(), "GENKI_REQUIRE_GPU is set, and there is no adapter");
        #[expect(clippy::print_stderr, reason = "a test that was not run says so")]
        {
            eprintln!("skipped: no adapter");
        }
        return;
    }
    for adapter in &all {
        let mut renderer = GpuRenderer::new(adapter).expect("an adapter that is listed opens");
        test(adapter, &mut renderer);
    }
}

/// "lavapipe vulkan": for messages.
pub fn name(adapter: &Adapter) -> String {
    format!("{} ({})", adapter.info.name, adapter.info.backend)
}
