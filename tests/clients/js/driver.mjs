// Drives the official JavaScript client: JSON lines in, JSON lines out (see tests/src/client/script.rs for the protocol).
// One process holds many connections; a command names its connection by `conn`.
import readline from "node:readline";
import { io } from "socket.io-client";

const sockets = new Map();

function say(line) {
  process.stdout.write(JSON.stringify(line) + "\n");
}

function connect({ id, conn, url, transports, auth }) {
  const socket = io(url, { transports, auth, forceNew: true, reconnection: false, timeout: 20000 });
  sockets.set(conn, socket);
  let settled = false;
  const settle = (answer) => {
    if (!settled) say({ id, conn, ...answer });
    settled = true;
  };
  socket.on("connect", () => settle({ ok: true }));
  socket.on("connect_error", (error) => {
    settle({ ok: false, message: error.message, data: error.data ?? null });
  });
  socket.on("disconnect", (reason, details) => {
    // A WebSocket's close frame; polling has none.
    const frame = details?.context;
    if (frame?.code) say({ conn, closed: frame.reason ?? "", code: frame.code });
    else say({ conn, closed: `${reason} ${details?.description ?? details?.message ?? ""}` });
  });
  socket.onAny((event, data) => say({ conn, event, data }));
}

// Answers with the transport's name: at once, or as soon as it is the wanted one.
function transport(socket, { id, conn, wanted }) {
  const engine = socket.io.engine;
  const answer = () => say({ id, conn, ok: true, answer: engine.transport.name });
  if (!wanted || engine.transport.name === wanted) answer();
  else engine.once("upgrade", answer);
}

function handle(command) {
  if (command.op === "connect") return connect(command);
  const { id, conn } = command;
  const socket = sockets.get(conn);
  if (!socket) return say({ id, conn, ok: false, message: `no connection ${conn}` });
  switch (command.op) {
    case "emit":
      socket.emit(command.event, command.data, (answer) => say({ id, conn, ok: true, answer }));
      break;
    case "tell":
      socket.emit(command.event, command.data);
      break;
    case "transport":
      transport(socket, command);
      break;
    case "disconnect":
      sockets.delete(conn);
      socket.disconnect();
      break;
    default:
      say({ id, conn, ok: false, message: `no operation ${command.op}` });
  }
}

const lines = readline.createInterface({ input: process.stdin });
lines.on("line", (line) => handle(JSON.parse(line)));
lines.on("close", () => process.exit(0));
