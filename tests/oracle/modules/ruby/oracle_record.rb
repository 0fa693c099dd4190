# Stand-ins for the SDK's clients: whatever is called is written down, and answered with a made-up secret.
require 'ostruct'

module Aws
  ANSWER = { secret_string: '{"username":"app","password":"stand-in"}', name: 'prod/db', secret_values: [], secret_list: [],
             parameter: OpenStruct.new(value: 'stand-in'), buckets: [], contents: [] }.freeze

  class Recorder
    def initialize(service) = @service = service

    def method_missing(operation, parameters = {}, **named)
      words = [@service, operation, *parameters.merge(named).values].map(&:to_s)
      File.open('/rec/calls', 'a') { |calls| calls.write(['sdk', words.size, *words].map { |word| "#{word}\0" }.join) }
      OpenStruct.new(ANSWER)
    end

    def respond_to_missing?(*) = true
  end

  def self.config = @config ||= {}

  def self.const_missing(service)
    client = Class.new(Recorder) { define_method(:initialize) { |*, **| super(service.to_s.downcase) } }
    const_set(service, Module.new.tap { |place| place.const_set(:Client, client) })
  end
end
