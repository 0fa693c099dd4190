const { clientOf2 } = require('/node_modules/.oracle/record.js');

const settings = { config: { update() {}, credentials: {} }, Endpoint: class {}, Credentials: class {} };
module.exports = new Proxy(settings, {
  get: (target, name) => (name in target || typeof name === 'symbol' ? target[name] : clientOf2(name.toLowerCase())),
});
