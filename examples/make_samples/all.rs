//! The list of sample files.

mod crate_;
mod glb;
mod kettle;
mod lantern;
mod noise;
mod paint;
mod plant;
mod robot;
mod shapes;
mod skies;
mod vase;

/// Name and bytes of every sample.
pub fn files() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("crate.glb", crate_::make()),
        ("lantern.glb", lantern::make()),
        ("plant.glb", plant::make()),
        ("robot.glb", robot::make()),
        ("kettle.glb", kettle::make()),
        ("vase.glb", vase::make()),
        ("sky_dusk.hdr", skies::dusk()),
        ("sky_studio.hdr", skies::studio()),
    ]
}
