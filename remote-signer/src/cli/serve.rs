//! `splitsign serve`

use alloc::sync::Arc;
use core::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use tokio::net::TcpListener;

use crate::cli::failure::Failure;
use crate::cli::{Context, output};
use crate::clock::SystemClock;
use crate::telemetry;

#[derive(Debug, clap::Args)]
pub(super) struct Serve {
    /// Address and port, instead of server.listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Write the actual address to this file, instead of server.address_file
    #[arg(long, value_name = "FILE")]
    address_file: Option<PathBuf>,
}

impl Serve {
    pub(super) async fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let config = context.config()?;
        telemetry::start(&config.telemetry)?;
        let address_file = self.address_file.or_else(|| config.server.address_file.clone());
        let listen = self.listen.unwrap_or(config.server.listen);
        let app = config.build(Arc::new(SystemClock::start())).await?;
        app.shutdown().on_signals()?;
        let listener = TcpListener::bind(listen).await.map_err(|error| {
            Failure::new(format!("cannot listen on {listen}: {error}; set server.listen to a free one"))
        })?;
        let url = format!("http://{}", listener.local_addr()?);
        if let Some(file) = &address_file {
            output::write_file(file, format!("{url}\n").as_bytes())?;
        }
        output::line(&format!("listening on {url}"))?;
        app.run(listener).await?;
        Ok(ExitCode::SUCCESS)
    }
}
