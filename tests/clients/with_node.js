// One session with the WebSocket of Node.js itself, which is a browser's: client.js URL AUDIO; prints each reply.
const audio = require("fs").readFileSync(process.argv[3]);
const socket = new WebSocket(process.argv[2]);
let sent = 0;
const next = () => {
  if (sent < audio.length) socket.send(audio.subarray(sent, (sent += 6400)));
  else if (sent < Infinity) socket.send('{"eof" : 1}', (sent = Infinity));
};
socket.onopen = () => {
  socket.send('{ "config" : { "sample_rate" : 16000 } }');
  next();
};
socket.onmessage = (message) => {
  console.log(message.data);
  next();
};
socket.onerror = (error) => {
  console.error(error.message || error.error || "refused");
  process.exit(1);
};
socket.onclose = (close) => process.exit(close.code === 1000 ? 0 : 1);
setTimeout(() => process.exit(1), 60000).unref();
