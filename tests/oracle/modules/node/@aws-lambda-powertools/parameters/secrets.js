const { record, SECRET } = require('/node_modules/.oracle/record.js');

exports.getSecret = async (name) => (record('secretsmanager', 'GetSecretValue', name), SECRET);
exports.SecretsProvider = class {
  get(name) { return exports.getSecret(name); }
};
