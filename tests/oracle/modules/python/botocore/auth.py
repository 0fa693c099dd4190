class SigV4Auth:
    def __init__(self, credentials, service_name, region_name):
        self.scope = f"{region_name}/{service_name}"

    def add_auth(self, request):
        request.headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential=stand-in/20260101/{self.scope}/aws4_request"


SigV4QueryAuth = S3SigV4Auth = SigV4Auth
