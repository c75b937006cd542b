//! `genki key`: the key that signs what this node makes. Never prints its secret half.

use crate::cli::args::{KeyArgs, KeyCommand};
use crate::cli::config;
use crate::cli::console::{Console, Failure};
use crate::cli::exit::Exit;
use crate::contribution::NodeKey;
use serde_json::json;

pub fn run(args: &KeyArgs, console: &Console) -> Result<Exit, Failure> {
    match &args.command {
        KeyCommand::New { key } => {
            let key = NodeKey::create(&config::key_path(key)?)?;
            show(&key, console)?;
        }
        KeyCommand::Show { key, json } => {
            let key = NodeKey::load(&config::key_path(key)?)?;
            if json.json {
                let path = key.path().display().to_string();
                console.result(json!({
                    "key_id": key.key_id().to_string(), "public_key": key.public_hex(), "file": path,
                }))?;
            } else {
                show(&key, console)?;
            }
        }
    }
    Ok(Exit::Done)
}

fn show(key: &NodeKey, console: &Console) -> Result<(), Failure> {
    console.result(format_args!("key id      {}", key.key_id()))?;
    console.result(format_args!("public key  {} (ed25519)", key.public_hex()))?;
    console.result(format_args!("file        {}", key.path().display()))?;
    console.result(key.public_pem().trim_end())
}
