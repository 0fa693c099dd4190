module.exports = require('/node_modules/.oracle/record.js').clientOf2('secretsmanager');
