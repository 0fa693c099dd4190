//! As much of npm's registry as an installation asks for: a page for each package, and its archive.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use serde_json::{Value, json};

use crate::packages;

pub struct Registry(SocketAddr);

impl Registry {
    /// Serves the npm packages among the packages until the test's process ends.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let archives = packages("asm-guard-", ".tgz");
        thread::spawn(move || {
            // npm that hangs up early is no fault of the test; what it installed tells.
            for stream in listener.incoming().flatten() {
                let archives = archives.clone();
                thread::spawn(move || serve(stream, address, &archives));
            }
        });
        Self(address)
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.0)
    }
}

/// The package.json in a package.
pub fn manifest(archive: &Path) -> Value {
    let output = Command::new("tar").arg("-xzOf").arg(archive).arg("package/package.json").output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{}: {error}", archive.display()))
}

fn serve(mut stream: TcpStream, address: SocketAddr, archives: &[PathBuf]) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let wanted = line.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
    while reader.read_line(&mut line)? > 2 {}

    let file = |archive: &PathBuf| archive.file_name().unwrap().to_str().unwrap().to_owned();
    let (status, body) = if let Some(archive) = archives.iter().find(|archive| wanted == file(archive)) {
        ("200 OK", std::fs::read(archive)?)
    } else if let Some((archive, mut package)) = archives
        .iter()
        .map(|archive| (archive, manifest(archive)))
        .find(|(_, package)| package["name"] == wanted)
    {
        let version = package["version"].as_str().unwrap().to_owned();
        package["dist"] = json!({"tarball": format!("http://{address}/{}", file(archive))});
        let page = json!({"name": wanted, "dist-tags": {"latest": &version}, "versions": {version: package}});
        ("200 OK", page.to_string().into_bytes())
    } else {
        ("404 Not Found", b"{}".to_vec())
    };
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len())?;
    stream.write_all(&body)
}
