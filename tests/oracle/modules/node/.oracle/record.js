// Stand-ins for the SDKs' clients: whatever is sent or called is written down, and answered with a made-up secret.
const fs = require('fs');
const SECRET = '{"username":"app","password":"stand-in"}';

function record(service, operation, ...words) {
  const all = [service, operation, ...words].map(String);
  fs.appendFileSync('/rec/calls', ['sdk', all.length, ...all].map((word) => word + '\0').join(''));
}

function answer() {
  return {
    Name: 'prod/db', SecretString: SECRET, SecretValues: [{ Name: 'prod/db', SecretString: SECRET }],
    SecretList: [{ Name: 'prod/db' }], Parameter: { Value: SECRET }, Parameters: [], Contents: [], Buckets: [], Items: [],
  };
}

const values = (input) => Object.values(input || {}).filter((value) => typeof value === 'string');

// A client of version 3: `send(new SomethingCommand(input))`, or a method of the aggregated client.
function clientOf(service, operations = []) {
  class Client {
    constructor() {
      this.middlewareStack = { add() {}, use() {} };
      this.config = {};
      return new Proxy(this, {
        get(target, name) {
          if (name in target || typeof name === 'symbol' || name === 'then') return target[name];
          return (input, callback) => respond(service, name, input, callback);
        },
      });
    }
    send(command, ...rest) {
      const callback = rest.find((each) => typeof each === 'function');
      return respond(service, command.constructor.operation || command.constructor.name, command.input, callback);
    }
    destroy() {}
  }
  for (const name of operations.map((each) => each[0].toLowerCase() + each.slice(1))) {
    Client.prototype[name] = (input, callback) => respond(service, name, input, callback);
  }
  return Client;
}

function respond(service, operation, input, callback) {
  record(service, operation, ...values(input));
  if (typeof callback === 'function') return void setImmediate(() => callback(null, answer()));
  return Promise.resolve(answer());
}

function commandOf(operation) {
  return class {
    constructor(input) { this.input = input; }
    static get operation() { return operation; }
  };
}

// A client of version 2: `client.operation(input, callback)` or `.promise()`; the request starts with either.
function clientOf2(service) {
  return function Client() {
    const request = (operation, input, callback) => {
      let sent = false;
      const send = () => { if (!sent) { sent = true; record(service, operation, ...values(input)); } };
      if (typeof callback === 'function') { send(); setImmediate(() => callback(null, answer())); }
      return {
        promise() { send(); return Promise.resolve(answer()); },
        send(then) { send(); if (then) setImmediate(() => then(null, answer())); },
        on() { return this; }, abort() {},
      };
    };
    return new Proxy({ makeRequest: request, makeUnauthenticatedRequest: request, config: {}, endpoint: {} }, {
      get(target, name) {
        if (name in target || typeof name === 'symbol' || name === 'then') return target[name];
        return (input, callback) => (typeof input === 'function' ? request(name, {}, input) : request(name, input, callback));
      },
    });
  };
}

module.exports = { record, answer, clientOf, clientOf2, commandOf, SECRET };
