from aws_lambda_powertools.utilities.parameters import *
