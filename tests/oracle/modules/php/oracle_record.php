<?php
// Stand-ins for the SDK's clients: whatever is called is written down, and answered with a made-up secret.
namespace Aws {
    class Recorder
    {
        public function __construct(private string $service) {}

        public function __call($operation, $arguments)
        {
            if ($operation === 'getCommand') {
                return ['operation' => $arguments[0], 'input' => $arguments[1] ?? []];
            }
            if ($operation === 'execute') {
                return $this->__call($arguments[0]['operation'], [$arguments[0]['input']]);
            }
            $words = [$this->service, $operation, ...array_filter(array_values($arguments[0] ?? []), 'is_string')];
            $record = implode('', array_map(fn ($word) => "$word\0", ['sdk', count($words), ...$words]));
            file_put_contents('/rec/calls', $record, FILE_APPEND);
            return ['SecretString' => '{"username":"app","password":"stand-in"}', 'SecretValues' => [], 'SecretList' => []];
        }
    }

    class Sdk
    {
        public function __construct(array $settings = []) {}

        public function createClient($name, array $settings = [])
        {
            return new Recorder(strtolower($name));
        }

        public function __call($method, $arguments)
        {
            return $this->createClient(substr($method, strlen('create')));
        }
    }
}

namespace {
    // Aws\SecretsManager\SecretsManagerClient and every client of its shape.
    spl_autoload_register(function ($class) {
        if (preg_match('/^Aws\\\\(\w+)\\\\(\w+Client)$/', $class, $name)) {
            $service = strtolower($name[1]);
            eval("namespace Aws\\{$name[1]}; class {$name[2]} extends \\Aws\\Recorder {
                public function __construct(array \$settings = []) { parent::__construct('$service'); }
                public static function factory(array \$settings = []) { return new self(\$settings); }
            }");
        }
    });
}
