from datetime import UTC, datetime

from datasets.storage.presign import Signer, presign


def test_the_worked_example_of_the_signature_specification_comes_out_to_the_letter():
    signer = Signer("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1")
    url = presign(
        signer,
        "https://examplebucket.s3.amazonaws.com/test.txt",
        86400,
        datetime(2013, 5, 24, tzinfo=UTC),
    )
    assert url.startswith("https://examplebucket.s3.amazonaws.com/test.txt?")
    assert url.endswith(
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )
