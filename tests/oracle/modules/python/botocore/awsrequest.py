class AWSRequest:
    def __init__(self, method=None, url=None, headers=None, data=None, params=None, **_):
        self.method, self.url, self.data, self.params = method, url, data, params
        self.headers, self.body = dict(headers or {}), data

    def prepare(self):
        return self
