using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "main", worker = .edge ),
    ( name = "internet", network = ( allow = ["public", "private"] ) ),
  ],
  sockets = [ ( name = "http", address = "127.0.0.1:0", http = (), service = "main" ) ],
);

const edge :Workerd.Worker = (
  compatibilityDate = "2025-11-01",
  modules = [
    ( name = "worker.js", esModule = embed "following.js" ),
    ( name = "nearhand.wasm", wasm = embed "nearhand.wasm" ),
    ( name = "nearhand-lite.wasm", wasm = embed "nearhand-lite.wasm" ),
  ],
);
