def test_get_secret_value(): pass
