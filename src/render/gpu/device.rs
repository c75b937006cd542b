//! An opened adapter: its device and queue, and what has gone wrong with it. Knows no scene.

use super::adapters::Adapter;
use super::shaders;
use crate::render::RenderError;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// Longer than any submission may take; a device that is silent for so long is lost.
const PATIENCE: Duration = Duration::from_secs(120);

/// Storage buffers of the renderer's bind group: 1 to 7 (0 is the uniform one).
pub const N_STORAGE: u32 = 7;

/// A device that runs the renderer's shader.
#[derive(Debug)]
pub struct Opened {
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    /// Of one storage buffer.
    pub max_binding_bytes: u64,
    pub layout: wgpu::BindGroupLayout,
    /// The renderer's shader, parsed when first needed.
    module: OnceLock<wgpu::ShaderModule>,
    pipeline_layout: wgpu::PipelineLayout,
    /// The first thing that went wrong and was not yet told.
    fault: Arc<Mutex<Option<RenderError>>>,
}

impl Opened {
    pub fn new(adapter: &Adapter) -> Result<Opened, RenderError> {
        let has = adapter.handle.limits();
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("genki"),
            required_limits: wgpu::Limits {
                max_buffer_size: has.max_buffer_size,
                max_storage_buffer_binding_size: has.max_storage_buffer_binding_size,
                ..wgpu::Limits::default()
            },
            ..Default::default()
        };
        let opened = pollster::block_on(adapter.handle.request_device(&descriptor));
        let (device, queue) = opened.map_err(|error| RenderError::Device(error.to_string()))?;
        let fault = watch(&device);
        let layout = bind_group_layout(&device);
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("genki"),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let module = OnceLock::new();
        let max_binding_bytes = has.max_storage_buffer_binding_size.min(has.max_buffer_size);
        let opened = Opened { device, queue, max_binding_bytes, layout, module, pipeline_layout, fault };
        opened.check()?;
        Ok(opened)
    }

    /// Compiles one entry point of the renderer's shader.
    pub fn pipeline(&self, entry_point: &str) -> Result<wgpu::ComputePipeline, RenderError> {
        let module = self.module.get_or_init(|| shader_module(&self.device, &shaders::program()));
        self.check()?;
        self.compile(module, entry_point)
    }

    /// Compiles an entry point of another shader with the same bindings.
    pub fn pipeline_of(&self, wgsl: &str, entry_point: &str) -> Result<wgpu::ComputePipeline, RenderError> {
        let module = shader_module(&self.device, wgsl);
        self.check()?;
        self.compile(&module, entry_point)
    }

    fn compile(&self, module: &wgpu::ShaderModule, entry_point: &str) -> Result<wgpu::ComputePipeline, RenderError> {
        let pipeline = self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(entry_point),
            layout: Some(&self.pipeline_layout),
            module,
            entry_point: Some(entry_point),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        });
        self.check()?;
        Ok(pipeline)
    }

    pub fn dispatch(
        &self,
        pipeline: &wgpu::ComputePipeline,
        bind_group: &wgpu::BindGroup,
        workgroups: [u32; 2],
    ) -> wgpu::SubmissionIndex {
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, bind_group, &[]);
        pass.dispatch_workgroups(workgroups[0], workgroups[1], 1);
        drop(pass);
        self.queue.submit([encoder.finish()])
    }

    pub fn storage_buffer(&self, label: &str, bytes: u64) -> wgpu::Buffer {
        use wgpu::BufferUsages as Usage;
        self.buffer(label, bytes, Usage::STORAGE | Usage::COPY_SRC | Usage::COPY_DST)
    }

    pub fn buffer(&self, label: &str, bytes: u64, usage: wgpu::BufferUsages) -> wgpu::Buffer {
        let size = bytes.max(16).next_multiple_of(16);
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size,
            usage,
            mapped_at_creation: false,
        })
    }

    /// Copies the first bytes of a buffer into another, after all that was submitted before.
    pub fn copy(&self, from: &wgpu::Buffer, to: &wgpu::Buffer, bytes: u64) -> wgpu::SubmissionIndex {
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.copy_buffer_to_buffer(from, 0, to, 0, bytes);
        self.queue.submit([encoder.finish()])
    }

    /// Waits until a submission is done.
    pub fn wait(&self, submission: wgpu::SubmissionIndex) -> Result<(), RenderError> {
        let poll = wgpu::PollType::Wait { submission_index: Some(submission), timeout: Some(PATIENCE) };
        let polled = self.device.poll(poll);
        self.check()?;
        polled.map(|_| ()).map_err(|error| RenderError::Device(error.to_string()))
    }

    /// The bytes at the start of a buffer that can be mapped, after a submission is done.
    pub fn read(
        &self,
        staging: &wgpu::Buffer,
        bytes: u64,
        after: wgpu::SubmissionIndex,
    ) -> Result<Vec<u8>, RenderError> {
        let slice = staging.slice(..bytes);
        // A failed mapping shows when the range is asked for.
        slice.map_async(wgpu::MapMode::Read, |_| ());
        self.wait(after)?;
        let view = slice.get_mapped_range().map_err(|error| RenderError::Device(error.to_string()))?;
        let copied = view.to_vec();
        drop(view);
        staging.unmap();
        Ok(copied)
    }

    /// Tells the first fault since the last call.
    pub fn check(&self) -> Result<(), RenderError> {
        let fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner).take();
        fault.map_or(Ok(()), Err)
    }
}

fn shader_module(device: &wgpu::Device, wgsl: &str) -> wgpu::ShaderModule {
    let source = wgpu::ShaderSource::Wgsl(wgsl.into());
    device.create_shader_module(wgpu::ShaderModuleDescriptor { label: Some("genki"), source })
}

/// Keeps the first error of a device, and its loss, for [`Opened::check`]; by default wgpu panics.
fn watch(device: &wgpu::Device) -> Arc<Mutex<Option<RenderError>>> {
    let fault = Arc::new(Mutex::new(None));
    let of_errors = fault.clone();
    device.on_uncaptured_error(Arc::new(move |error| note(&of_errors, fault_of(&error))));
    let of_loss = fault.clone();
    device.set_device_lost_callback(move |reason, message| {
        if reason != wgpu::DeviceLostReason::Destroyed {
            note(&of_loss, RenderError::Device(format!("device lost: {message}")));
        }
    });
    fault
}

/// Keeps the first fault, except that a lack of memory explains whatever else went wrong: some of what runs out of it
/// loses the device first and tells the reason afterwards.
fn note(noted: &Mutex<Option<RenderError>>, fault: RenderError) {
    let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
    match (&*noted, &fault) {
        (None, _) | (Some(RenderError::Device(_)), RenderError::OutOfMemory(_)) => *noted = Some(fault),
        _ => {}
    }
}

fn fault_of(error: &wgpu::Error) -> RenderError {
    match error {
        wgpu::Error::OutOfMemory { source } => RenderError::OutOfMemory(source.to_string()),
        _ => RenderError::Device(error.to_string()),
    }
}

fn bind_group_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    let entry = |binding, ty| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    };
    let storage = (1..=N_STORAGE)
        .map(|binding| entry(binding, wgpu::BufferBindingType::Storage { read_only: binding != N_STORAGE }));
    let entries: Vec<_> = std::iter::once(entry(0, wgpu::BufferBindingType::Uniform)).chain(storage).collect();
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some("genki"), entries: &entries })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lack_of_memory_is_told_whatever_it_broke_before_it_was_known() {
        let lost = || RenderError::Device("device lost".to_owned());
        let full = || fault_of(&wgpu::Error::OutOfMemory { source: Box::new(std::fmt::Error) });
        assert!(matches!(full(), RenderError::OutOfMemory(_)));
        for faults in [[lost(), full()], [full(), lost()]] {
            let noted = Mutex::new(None);
            faults.into_iter().for_each(|fault| note(&noted, fault));
            assert_eq!(noted.into_inner().expect("no test thread panics"), Some(full()));
        }
    }
}
