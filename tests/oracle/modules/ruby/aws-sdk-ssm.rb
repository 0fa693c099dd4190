require 'oracle_record'
