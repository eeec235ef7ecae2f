using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "main", worker = .edge ),
    ( name = "bundle", disk = "bundle" ),
  ],
  sockets = [ ( name = "http", address = "127.0.0.1:0", http = (), service = "main" ) ],
);

const edge :Workerd.Worker = (
  compatibilityDate = "2025-11-01",
  modules = [
    ( name = "visitors.js", esModule = embed "visitors.js" ),
    ( name = "nearhand.wasm", wasm = embed "nearhand.wasm" ),
    ( name = "nearhand-lite.wasm", wasm = embed "nearhand-lite.wasm" ),
  ],
  bindings = [ ( name = "bundle", service = "bundle" ) ],
);
