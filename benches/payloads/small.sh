cd services/api && cargo test --workspace 2>&1 | tail -n 40
