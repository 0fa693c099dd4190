import urllib.request


class URLLib3Session:
    def __init__(self, *_, **__):
        pass

    def send(self, request):
        data = request.data.encode() if isinstance(request.data, str) else request.data
        asked = urllib.request.Request(request.url, data=data, headers=dict(request.headers), method=request.method)
        return urllib.request.urlopen(asked)
