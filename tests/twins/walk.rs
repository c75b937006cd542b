//! The nearest hit through the shader's trees is the CPU's, bit for bit where arithmetic is.

use crate::bench::{name, on_each_adapter};
use crate::scenes::{self, SETTINGS, between, direction};
use genki::math::vec3;
use genki::render::cpu::walk::{LastOccluder, Ray, trace_any, trace_closest};
use genki::render::gpu::Evaluation;
use std::sync::Arc;

const BODY: &str = "
    let ray = Ray(arg3(0u), arg3(3u), arg(6u), arg(7u));
    let hit = trace_closest(ray);
    put(0u, hit.t);
    put(1u, hit.u);
    put(2u, hit.v);
    put_u(3u, hit.instance_idx);
    put_u(4u, hit.triangle_idx);
    put_u(5u, u32(trace_any(ray)));
";

fn rays(n: u32) -> Vec<Ray> {
    let ray = |i: u32| {
        let origin = direction(3 * i) * between(0.2, 5.0, 3 * i + 1) + vec3(0.0, 0.0, 0.5);
        let target = vec3(between(-1.0, 1.0, i + 9000), between(-1.0, 1.0, i + 19_000), between(0.0, 1.2, i + 29_000));
        // Every eighth along an axis: zeros in directions are the hard case.
        let direction = if i.is_multiple_of(8) { vec3(0.0, 0.0, -1.0) } else { target - origin };
        Ray { origin, direction, t_min: 0.0, t_max: if i.is_multiple_of(5) { 0.8 } else { f32::MAX } }
    };
    (0..n).map(ray).collect()
}

#[test]
fn the_gpu_hits_what_the_cpu_hits() {
    let mut scene = scenes::workshop();
    // Corners in a line belong to no tree: rays along it miss them on both sides.
    let (from, step) = (vec3(0.25, -0.5, 4.0), vec3(0.125, 0.25, 0.375));
    let mesh = Arc::make_mut(&mut scene.instances[0].mesh);
    let line = mesh.positions.len() as u32;
    for k in [0.0, 1.0, 3.0] {
        mesh.positions.push((from + step * k).to_array());
        mesh.normals.push([0.0, 0.0, 1.0]);
        mesh.tangents.push([1.0, 0.0, 0.0, 1.0]);
        mesh.uv0.push([0.0; 2]);
    }
    mesh.triangles.push([line, line + 1, line + 2]);
    mesh.triangle_material.push(0);
    mesh.triangle_part.push(0);
    let along = (1..400).map(|i| {
        let (origin, target) = (from - step * between(0.5, 6.0, i), from + step * between(0.0, 3.0, i + 7000));
        let world = &scene.instances[0].world_from_object;
        Ray { origin: world.point(origin), direction: world.vector(target - origin), t_min: 0.0, t_max: f32::MAX }
    });
    let rays: Vec<Ray> = rays(4000).into_iter().chain(along).collect();
    let n_triangles = scene.instances[0].mesh.triangles.len() as u32;
    let scene = scenes::built(&scene);
    let words = |ray: &Ray| -> Vec<u32> {
        let floats = [ray.origin.to_array(), ray.direction.to_array()];
        floats.as_flattened().iter().chain(&[ray.t_min, ray.t_max]).map(|f| f.to_bits()).collect()
    };
    let rows: Vec<Vec<u32>> = rays.iter().map(words).collect();
    let expected: Vec<Vec<u32>> = rays
        .iter()
        .map(|ray| {
            let hit = trace_closest(&scene, ray);
            let any = trace_any(&scene, ray, &mut LastOccluder::new());
            vec![hit.t.to_bits(), hit.u.to_bits(), hit.v.to_bits(), hit.instance_idx, hit.triangle_idx, any.into()]
        })
        .collect();
    let hits = expected.iter().filter(|row| row[5] == 1).count();
    assert!(expected.iter().all(|row| row[5] == 0 || row[3] != 0 || row[4] != n_triangles - 1), "the line is met");
    assert!(hits > 500 && hits < rays.len() - 100, "{hits} hits test little");
    on_each_adapter(|adapter, renderer| {
        let evaluation = Evaluation { functions: "", body: BODY, rows: &rows, n_results: 6 };
        let results = renderer.evaluate(&scene, 0, &SETTINGS, &evaluation).expect("runs");
        let differing: Vec<usize> = (0..rows.len()).filter(|&i| results[i] != expected[i]).collect();
        if let Some(&i) = differing.first() {
            let show =
                |row: &[u32]| format!("{:?} {:?}", row.iter().map(|&w| f32::from_bits(w)).collect::<Vec<_>>(), row);
            panic!(
                "{}: {} of {} rays differ; {:?}: {} is not {}",
                name(adapter),
                differing.len(),
                rows.len(),
                rays[i],
                show(&results[i]),
                show(&expected[i])
            );
        }
    });
}
