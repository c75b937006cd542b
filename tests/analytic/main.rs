//! Pictures whose answer is derived: by hand, or by a quadrature in f64 that knows nothing of the renderer.
//!
//! A mean over pixels may be five of its own standard errors off (pixels draw apart, so their spread tells the error) and by
//! what the test says is systematic; the errors themselves are bounded, so that no noise excuses a wrong picture.

mod alpha;
mod areas;
mod furnace;
mod geometry;
mod layers;
mod lenses;
mod lights;
mod many;
mod mirror;
mod motion;
mod points;
mod reference;
mod skies;
mod stage;
mod suns;
mod volumes;
