//! Makes `samples/`: small models and skies of our own, from arithmetic alone. `cargo run --release --example make_samples`
//!
//! Everything is computed with + − × ÷ sqrt, integers and `libm`, so that every machine writes the same bytes;
//! tests/samples.rs holds the folder to that.

#[path = "all.rs"]
mod all;

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "samples".to_owned());
    std::fs::create_dir_all(&folder)?;
    for (name, bytes) in all::files() {
        std::fs::write(std::path::Path::new(&folder).join(name), bytes)?;
    }
    Ok(())
}
