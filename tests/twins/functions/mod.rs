//! Every twin function alone, by the shader's files.

mod areas;
mod centers;
mod draws;
mod elementary;
mod layers;
mod lights;
mod loaders;
mod materials;
mod paths;
mod picks;
mod places;
mod rays;
mod scattering;
mod textures;
mod volumes;

use crate::scenes::{SETTINGS, ball_under_a_grey_sky, built, gallery, glassworks, workshop};
use crate::table::{Group, compare};
use genki::buffers::layout::{SETTINGS_LITERAL_SCATTERING, Settings};
use genki::scene::Scene;

macro_rules! compares {
    ($($test:ident: $file:ident::$group:ident in $scene:ident;)*) => {
        $(#[test]
        fn $test() {
            compare(&built(&$scene()), &SETTINGS, &$file::$group());
        })*

        /// Every group with its scene.
        pub fn groups() -> Vec<(Group, Scene)> {
            let mut groups = vec![$(($file::$group(), $scene())),*];
            groups.push((paths::whole_paths(), workshop()));
            groups
        }
    };
}

compares! {
    elementary_functions_are_the_cpus: elementary::elementary in ball_under_a_grey_sky;
    the_gpu_draws_the_same_bits_as_the_cpu: draws::draws in ball_under_a_grey_sky;
    triangles_are_met_as_by_the_cpu: rays::triangles in ball_under_a_grey_sky;
    cameras_send_the_cpus_rays: rays::cameras in workshop;
    lenses_send_the_cpus_rays: rays::lenses in workshop;
    what_is_loaded_is_what_the_cpu_reads: loaders::loaders in workshop;
    textures_are_filtered_as_by_the_cpu: textures::textures in workshop;
    places_are_found_as_by_the_cpu: places::places in workshop;
    materials_are_found_as_by_the_cpu: materials::materials in workshop;
    what_centres_show_is_what_the_cpu_finds: centers::centers in workshop;
    light_is_scattered_as_by_the_cpu: scattering::scattering in workshop;
    lobes_are_the_cpus: layers::lobes in workshop;
    layers_scatter_as_by_the_cpu: layers::layers in workshop;
    extensions_are_found_as_by_the_cpu: volumes::volumes in glassworks;
    lights_are_drawn_and_looked_up_as_by_the_cpu: lights::lights in workshop;
    area_lights_are_drawn_and_met_as_by_the_cpu: areas::areas in gallery;
    lights_are_picked_as_by_the_cpu: picks::picks in gallery;
    paths_are_weighed_as_by_the_cpu: paths::paths in workshop;
}

/// One test, since drivers compile this for many seconds and keep what they have compiled.
#[test]
fn whole_paths_are_the_cpus() {
    let literal = Settings { flags: SETTINGS_LITERAL_SCATTERING, ..SETTINGS };
    let group = paths::whole_paths();
    compare(&built(&workshop()), &SETTINGS, &group);
    compare(&built(&workshop()), &literal, &group);
    compare(&built(&gallery()), &SETTINGS, &group);
    compare(&built(&glassworks()), &SETTINGS, &group);
    // Without alpha shadow rays take another way.
    compare(&built(&ball_under_a_grey_sky()), &SETTINGS, &group);
}
