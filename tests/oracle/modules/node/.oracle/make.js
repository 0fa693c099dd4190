// Writes the packages of AWS SDK version 3 beside this folder. Their exports are spelled out: an ECMAScript module sees no others.
const fs = require('fs');
const path = require('path');

const PACKAGES = {
  'secrets-manager': ['SecretsManager', 'secretsmanager', `GetSecretValue BatchGetSecretValue DescribeSecret ListSecrets
    CreateSecret PutSecretValue UpdateSecret DeleteSecret RotateSecret RestoreSecret TagResource GetRandomPassword
    GetResourcePolicy PutResourcePolicy ListSecretVersionIds ReplicateSecretToRegions UpdateSecretVersionStage`],
  ssm: ['SSM', 'ssm', 'GetParameter GetParameters GetParametersByPath PutParameter DescribeParameters SendCommand'],
  s3: ['S3', 's3', 'GetObject PutObject ListObjectsV2 ListBuckets HeadObject DeleteObject CopyObject'],
  sts: ['STS', 'sts', 'GetCallerIdentity AssumeRole'],
  dynamodb: ['DynamoDB', 'dynamodb', 'GetItem PutItem Query Scan ListTables DescribeTable UpdateItem'],
  lambda: ['Lambda', 'lambda', 'Invoke ListFunctions GetFunction'],
  sqs: ['SQS', 'sqs', 'SendMessage ReceiveMessage ListQueues DeleteMessage'],
  sns: ['SNS', 'sns', 'Publish ListTopics'],
  kms: ['KMS', 'kms', 'Decrypt Encrypt ListKeys GenerateDataKey'],
  'cloudwatch-logs': ['CloudWatchLogs', 'logs', 'FilterLogEvents GetLogEvents DescribeLogGroups'],
};

for (const [name, [prefix, service, operations]] of Object.entries(PACKAGES)) {
  const folder = path.join(__dirname, '..', '@aws-sdk', `client-${name}`);
  fs.mkdirSync(folder, { recursive: true });
  const lines = [
    `const { clientOf, commandOf } = require('/node_modules/.oracle/record.js');`,
    `const Client = clientOf('${service}', '${operations.trim().split(/\s+/).join(' ')}'.split(' '));`,
    `exports.${prefix}Client = Client;`,
    `exports.${prefix} = Client;`,
    ...operations.split(/\s+/).map((each) => `exports.${each}Command = commandOf('${each}');`),
    `exports.paginateBatchGetSecretValue = async function* ({ client }, input) { yield client.send(new (commandOf('BatchGetSecretValue'))(input)); };`,
    `exports.paginateListSecrets = async function* ({ client }, input) { yield client.send(new (commandOf('ListSecrets'))(input)); };`,
  ];
  fs.writeFileSync(path.join(folder, 'index.js'), lines.join('\n') + '\n');
}
