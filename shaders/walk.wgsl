//! The nearest triangle on a ray, through trees of trees. No twin: the hit is specified, not the way to it
//! (least t, then lower instance, then lower triangle; see src/render/cpu/triangle.rs). Knows no materials.

struct Ray {
    origin: vec3f,
    // Need not be unit: `t` counts its lengths.
    direction: vec3f,
    // A hit at exactly one of these counts.
    t_min: f32,
    t_max: f32,
}

/// Barycentric weights of the corners are 1 - u - v, u, v. `instance_idx` NONE: nothing was hit.
struct Hit {
    t: f32,
    u: f32,
    v: f32,
    instance_idx: u32,
    triangle_idx: u32,
}

// As deep as trees may be: the upload holds them to it. Twin: `MAX_DEPTH` of src/render/gpu/tree.rs.
const TOP_STACK: u32 = 32u;
const MESH_STACK: u32 = 48u;

// A reference to a node's content: entries of a leaf in the high bits (0: inner), the first entry or child below.
const REF_COUNT_SHIFT: u32 = 28u;
const REF_FIRST_MASK: u32 = 0x0fffffffu;

// Two boxes with their references: children stand side by side.
const NODE_STRIDE: u32 = 2u;
const CORNER_STRIDE: u32 = 3u;

/// The hit of least t in [t_min, t_max]; of equal t the lower (instance, triangle).
fn trace_closest(ray: Ray) -> Hit {
    let hit = walk_top(ray, false);
    if hit.instance_idx == NONE {
        return Hit(LARGEST_FLOAT, 0.0, 0.0, NONE, NONE);
    }
    return hit;
}

/// What [`trace_closest`] would hit, were the instance alone.
fn trace_instance(ray: Ray, instance_idx: u32) -> Hit {
    return walk_instance(ray, instance_idx, false, Hit(ray.t_max, 0.0, 0.0, NONE, NONE));
}

/// Whether [`trace_closest`] would hit.
fn trace_any(ray: Ray) -> bool {
    return walk_top(ray, true).instance_idx != NONE;
}

/// Which of two children to visit, and their references: the nearer first.
struct Step {
    first: u32,
    second: u32,
    n: u32,
}

fn choose_step(near: PreparedRay, t_min: f32, t_max: f32, a0: vec4<u32>, a1: vec4<u32>, b0: vec4<u32>, b1: vec4<u32>) -> Step {
    let a = box_interval(near, bitcast<vec3f>(a0.xyz), bitcast<vec3f>(a1.xyz));
    let b = box_interval(near, bitcast<vec3f>(b0.xyz), bitcast<vec3f>(b1.xyz));
    let a_passes = a.x <= a.y && a.x <= t_max && a.y >= t_min;
    let b_passes = b.x <= b.y && b.x <= t_max && b.y >= t_min;
    if a_passes && b_passes {
        if b.x < a.x {
            return Step(b0.w, a0.w, 2u);
        }
        return Step(a0.w, b0.w, 2u);
    }
    if a_passes {
        return Step(a0.w, 0u, 1u);
    }
    return Step(b0.w, 0u, select(0u, 1u, b_passes));
}

/// `any`: the first hit found will do, whichever it is.
fn walk_top(ray: Ray, any: bool) -> Hit {
    var hit = Hit(ray.t_max, 0.0, 0.0, NONE, NONE);
    let prepared = prepare_ray(ray.origin, ray.direction, params.at.top_extent);
    var stack: array<u32, TOP_STACK>;
    var depth = 0u;
    var node = params.at.top_root;
    loop {
        let count = node >> REF_COUNT_SHIFT;
        let first = node & REF_FIRST_MASK;
        var go_down = false;
        if count == 0u {
            let at = params.at.top_nodes + first * NODE_STRIDE;
            let step = choose_step(prepared, ray.t_min, hit.t, tables[at], tables[at + 1u], tables[at + 2u], tables[at + 3u]);
            if step.n == 2u {
                stack[depth] = step.second;
                depth += 1u;
            }
            go_down = step.n > 0u;
            node = step.first;
        } else {
            for (var i = first; i < first + count; i += 1u) {
                let instance_idx = tables[params.at.top_order + i / 4u][i % 4u];
                hit = walk_instance(ray, instance_idx, any, hit);
                if any && hit.instance_idx != NONE {
                    return hit;
                }
            }
        }
        if !go_down {
            if depth == 0u {
                break;
            }
            depth -= 1u;
            node = stack[depth];
        }
    }
    return hit;
}

/// The better of `best` and what the ray meets in one instance.
fn walk_instance(ray: Ray, instance_idx: u32, any: bool, best: Hit) -> Hit {
    var hit = best;
    let at_instance = params.at.instances + instance_idx * INSTANCE_STRIDE;
    let object_from_world = load_affine(at_instance);
    let place = load_mesh_place(tables[at_instance + 6u].x);
    let origin = affine_point(object_from_world, ray.origin);
    let direction = affine_vector(object_from_world, ray.direction);
    let prepared = prepare_ray(origin, direction, place.extent);
    var stack: array<u32, MESH_STACK>;
    var depth = 0u;
    var node = place.root;
    loop {
        let count = node >> REF_COUNT_SHIFT;
        let first = node & REF_FIRST_MASK;
        var go_down = false;
        if count == 0u {
            let at = place.nodes + first * NODE_STRIDE;
            let step = choose_step(prepared, ray.t_min, hit.t, nodes[at], nodes[at + 1u], nodes[at + 2u], nodes[at + 3u]);
            if step.n == 2u {
                stack[depth] = step.second;
                depth += 1u;
            }
            go_down = step.n > 0u;
            node = step.first;
        } else {
            for (var i = first; i < first + count; i += 1u) {
                let at = place.corners + i * CORNER_STRIDE;
                let a = nodes[at];
                let v0 = bitcast<vec3f>(a.xyz);
                let v1 = bitcast<vec3f>(nodes[at + 1u].xyz);
                let v2 = bitcast<vec3f>(nodes[at + 2u].xyz);
                let found = intersect_triangle(prepared, v0, v1, v2);
                if found.hit && found.t >= ray.t_min && is_better(found.t, instance_idx, a.w, hit) {
                    hit = Hit(found.t, found.u, found.v, instance_idx, a.w);
                    if any {
                        return hit;
                    }
                }
            }
        }
        if !go_down {
            if depth == 0u {
                break;
            }
            depth -= 1u;
            node = stack[depth];
        }
    }
    return hit;
}

/// The contract's order: t, then instance, then triangle. No hit has both of the largest, NONE, and t_max.
fn is_better(t: f32, instance_idx: u32, triangle_idx: u32, best: Hit) -> bool {
    if t != best.t {
        return t < best.t;
    }
    if instance_idx != best.instance_idx {
        return instance_idx < best.instance_idx;
    }
    return triangle_idx < best.triangle_idx;
}

/// Twin: `Affine::point`.
fn affine_point(m: Affine, p: vec3f) -> vec3f {
    return vec3f(
        m.rows[0].x * p.x + m.rows[0].y * p.y + m.rows[0].z * p.z + m.rows[0].w,
        m.rows[1].x * p.x + m.rows[1].y * p.y + m.rows[1].z * p.z + m.rows[1].w,
        m.rows[2].x * p.x + m.rows[2].y * p.y + m.rows[2].z * p.z + m.rows[2].w,
    );
}

/// Twin: `Affine::vector`.
fn affine_vector(m: Affine, v: vec3f) -> vec3f {
    return vec3f(
        m.rows[0].x * v.x + m.rows[0].y * v.y + m.rows[0].z * v.z,
        m.rows[1].x * v.x + m.rows[1].y * v.y + m.rows[1].z * v.z,
        m.rows[2].x * v.x + m.rows[2].y * v.y + m.rows[2].z * v.z,
    );
}
