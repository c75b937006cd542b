//! Every twin function alone, by the shader's files.

mod draws;
mod elementary;
mod lights;
mod loaders;
mod materials;
mod paths;
mod places;
mod rays;
mod scattering;
mod textures;

use crate::scenes::{ball_under_a_grey_sky, built, workshop};
use crate::table::{Group, compare};
use genki::scene::Scene;

macro_rules! compares {
    ($($test:ident: $file:ident::$group:ident in $scene:ident;)*) => {
        $(#[test]
        fn $test() {
            compare(&built(&$scene()), &$file::$group());
        })*

        /// Every group with its scene.
        pub fn groups() -> Vec<(Group, Scene)> {
            vec![$(($file::$group(), $scene())),*]
        }
    };
}

compares! {
    elementary_functions_are_the_cpus: elementary::elementary in ball_under_a_grey_sky;
    the_gpu_draws_the_same_bits_as_the_cpu: draws::draws in ball_under_a_grey_sky;
    triangles_are_met_as_by_the_cpu: rays::triangles in ball_under_a_grey_sky;
    cameras_send_the_cpus_rays: rays::cameras in workshop;
    what_is_loaded_is_what_the_cpu_reads: loaders::loaders in workshop;
    textures_are_filtered_as_by_the_cpu: textures::textures in workshop;
    places_are_found_as_by_the_cpu: places::places in workshop;
    materials_are_found_as_by_the_cpu: materials::materials in workshop;
    light_is_scattered_as_by_the_cpu: scattering::scattering in workshop;
    lights_are_drawn_and_looked_up_as_by_the_cpu: lights::lights in workshop;
    paths_are_weighed_as_by_the_cpu: paths::paths in workshop;
}
