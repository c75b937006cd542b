//! What layers and records say of a scene's objects: ids over all of them, unit cubes, masks. Knows no files.

use crate::film::{Film, Hits};
use crate::formats::rle;
use crate::layer::Layer;
use crate::scene::PlacedObject;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Objects whose masks are in the image of `amodal`: one a bit. Those above have theirs in the record.
pub const AMODAL_BITS: u16 = 16;

/// Names in a record's tables are cut to this many bytes, and what a file says of who made it.
pub const MAX_NAME_BYTES: usize = 128;

/// A layer's ids over all objects of a scene: for each object how many it has, in the objects' order.
///
/// Object `id` begins after those of the objects before it, from 1: the same in every view and look.
pub struct Ids<'o> {
    layer: Layer,
    objects: &'o [PlacedObject],
    starts: Vec<usize>,
}

impl<'o> Ids<'o> {
    /// `None` for a layer whose ids are not counted object by object.
    pub fn of(layer: Layer, objects: &'o [PlacedObject]) -> Option<Ids<'o>> {
        let count: fn(&PlacedObject) -> usize = match layer {
            Layer::MaterialId => |object| object.asset.materials.len(),
            Layer::Part => |object| object.asset.part_names.len(),
            _ => return None,
        };
        let starts = objects.iter().scan(0, |start, object| {
            let at = *start;
            *start += count(object);
            Some(at)
        });
        Some(Ids { layer, objects, starts: starts.collect() })
    }

    /// The object (from 0), and the index of its material or part, of what a film calls `local` (from 1) in object `object_id`
    /// (from 1); `None` for what is no object.
    ///
    /// A film's materials are [`crate::scene::Asset::materials_of`]: those that a variant chooses come after all.
    fn find(&self, object_id: u16, local: u16) -> Option<(usize, usize)> {
        let object_idx = usize::from(object_id.checked_sub(1)?);
        let number = u32::from(local.checked_sub(1)?);
        let object = self.objects.get(object_idx)?;
        let index = match self.layer {
            Layer::MaterialId => object.asset.material_idx(number, object.variant)?,
            _ => number,
        };
        Some((object_idx, index as usize))
    }

    /// The id of that; 0 for what is no object.
    ///
    /// `compose` holds ids to 16 bits.
    pub fn id(&self, object_id: u16, local: u16) -> u16 {
        let id = self.find(object_id, local).map_or(0, |(object_idx, index)| self.starts[object_idx] + index + 1);
        u16::try_from(id).unwrap_or(u16::MAX)
    }
}

/// The image of `material_id` or `part`.
pub fn id_image(film: &Film, layer: Layer, objects: &[PlacedObject]) -> Vec<u16> {
    let locals = if layer == Layer::Part { &film.points.part } else { &film.points.material };
    let Some(ids) = Ids::of(layer, objects) else { return Vec::new() };
    film.geometry.instance.iter().zip(locals).map(|(&object, &local)| ids.id(object, local)).collect()
}

/// What the ids in that image are: those that occur in it, by id.
pub fn id_table(film: &Film, layer: Layer, objects: &[PlacedObject]) -> Value {
    let (locals, key) =
        if layer == Layer::Part { (&film.points.part, "part") } else { (&film.points.material, "material") };
    let Some(ids) = Ids::of(layer, objects) else { return Value::Null };
    let shown: BTreeSet<(u16, u16)> = film.geometry.instance.iter().copied().zip(locals.iter().copied()).collect();
    let mut table = Map::new();
    for (object_id, local) in shown {
        let Some((object_idx, idx)) = ids.find(object_id, local) else { continue };
        let asset = &objects[object_idx].asset;
        let names = if layer == Layer::Part { &asset.part_names } else { &asset.facts.material_names };
        // glTF's default material has no name.
        let name = names.get(idx).map_or("", String::as_str);
        let entry = json!({"object": object_id, (key): idx, "name": cut(name)});
        table.insert(ids.id(object_id, local).to_string(), entry);
    }
    Value::Object(table)
}

/// The beginning of a name that a stranger chose.
pub fn cut(name: &str) -> &str {
    let end = (0..=MAX_NAME_BYTES.min(name.len())).rev().find(|&end| name.is_char_boundary(end)).unwrap_or(0);
    &name[..end]
}

/// The unit cube of an object: q = `scale` · p + `offset`, p in the object's own frame. The box around the object at rest, in
/// that frame, has its centre at 0.5 and its longest side from 0 to 1. A point of an object that is posed has the place which it
/// has at rest: the same in every pose.
pub struct UnitCube {
    pub scale: f64,
    pub offset: [f64; 3],
}

impl UnitCube {
    pub fn of(object: &PlacedObject) -> UnitCube {
        let bounds = &object.at_rest.facts.bounds;
        let longest = bounds.longest_side() * object.scale;
        // What has no extent is met by no ray.
        let scale = if longest > 0.0 { 1.0 / longest } else { 1.0 };
        let middle = bounds.center_z_up();
        let offset = std::array::from_fn(|k| 0.5 - scale * (object.scale * middle[k] + object.offset[k]));
        UnitCube { scale, offset }
    }

    /// Of a point in the object's own frame.
    fn place(&self, own: [f64; 3]) -> [f64; 3] {
        std::array::from_fn(|k| self.scale * own[k] + self.offset[k])
    }
}

/// A point of the world in an object's own frame.
fn own(object: &PlacedObject, position: [f32; 3]) -> [f64; 3] {
    let moved: [f64; 3] = std::array::from_fn(|k| f64::from(position[k]) - object.translation[k]);
    let r = &object.rotation;
    std::array::from_fn(|k| r[0][k] * moved[0] + r[1][k] * moved[1] + r[2][k] * moved[2])
}

/// A point of an object in its own frame, at rest: where the corners of the triangle that is hit are then.
fn own_at_rest(object: &PlacedObject, hits: &Hits, i: usize) -> [f64; 3] {
    let mesh = &object.at_rest.mesh;
    let corners =
        mesh.triangles[hits.triangle[i] as usize].map(|vertex| mesh.positions[vertex as usize].map(f64::from));
    let [u, v] = hits.weights[i].map(f64::from);
    let [x, y, z]: [f64; 3] =
        std::array::from_fn(|k| (1.0 - u - v) * corners[0][k] + u * corners[1][k] + v * corners[2][k]);
    let z_up = [x, -z, y];
    std::array::from_fn(|k| object.scale * z_up[k] + object.offset[k])
}

/// The image of `nocs`: RGBA.
pub fn nocs_image(film: &Film, objects: &[PlacedObject]) -> Vec<u16> {
    let cubes: Vec<UnitCube> = objects.iter().map(UnitCube::of).collect();
    let pixel = |i: usize| {
        let id = usize::from(film.geometry.instance[i]);
        let Some((object, cube)) = id.checked_sub(1).and_then(|o| objects.get(o).zip(cubes.get(o))) else {
            return [0; 4];
        };
        let is_posed = !Arc::ptr_eq(&object.asset, &object.at_rest);
        let own = if is_posed { own_at_rest(object, &film.hits, i) } else { own(object, film.points.position[i]) };
        let [x, y, z] = cube.place(own).map(unorm16);
        [x, y, z, u16::MAX]
    };
    (0..film.geometry.instance.len()).flat_map(pixel).collect()
}

/// Round to nearest, halves up.
fn unorm16(x: f64) -> u16 {
    // Casts limit.
    (x * 65_535.0 + 0.5) as u16
}

/// Whether pixel `i` would show object `id`, were it alone: it does where it does.
fn is_in_mask(film: &Film, i: usize, id: u16) -> bool {
    film.geometry.instance[i] == id || film.amodal.shows(i, id)
}

/// The image of `amodal`: object `id` is bit id − 1.
pub fn amodal_image(film: &Film, n_objects: usize) -> Vec<u16> {
    let ids = 1..=AMODAL_BITS.min(u16::try_from(n_objects).unwrap_or(u16::MAX));
    let bits = |i: usize| ids.clone().filter(|&id| is_in_mask(film, i, id)).fold(0, |bits, id| bits | 1 << (id - 1));
    (0..film.geometry.instance.len()).map(bits).collect()
}

/// The mask of an object as COCO has it.
pub fn amodal_counts(film: &Film, id: u16) -> Value {
    let (width, height) = (film.width, film.height);
    let counts = rle::encode(width, height, |x, y| is_in_mask(film, (y * width + x) as usize, id));
    json!({"size": [height, width], "counts": counts})
}

/// Pixels of an object as if it were alone, and of what is seen of it: named as BOP does, but of the picture alone. BOP counts an
/// object's silhouette outside of it too, so that one which the picture's edge cuts is less visible there.
pub fn add_pixel_counts(film: &Film, id: u16, entry: &mut Value) {
    let n_pixels = film.geometry.instance.len();
    let all = (0..n_pixels).filter(|&i| is_in_mask(film, i, id)).count();
    let seen = film.geometry.instance.iter().filter(|&&instance| instance == id).count();
    entry["px_count_all"] = json!(all);
    entry["px_count_visib"] = json!(seen);
    entry["visib_fract"] = json!(if all > 0 { seen as f64 / all as f64 } else { 0.0 });
}
