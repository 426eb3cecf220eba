"""Tests the chat page in headless Chromium, against a server that plays the API. Needs nothing besides.

    python3 Tests/Page [-v] [-k NAME]
    ZONDA_PAGE_SHOTS=FOLDER python3 Tests/Page -k Screenshots                # writes PNGs to look at
    ZONDA_URL=http://127.0.0.1:8080/ python3 Tests/Page -k RealServer        # a running `zonda serve`

Without Chromium (on the path, or named by $CHROMIUM) the tests that need it are skipped, which the last line says.
"""

import collections
import os
import sys
import unittest

if __name__ == "__main__":
    folder = os.path.dirname(os.path.abspath(__file__))
    tests = unittest.main(module=None, argv=[sys.argv[0], "discover", "-s", folder, *sys.argv[1:]], exit=False)
    for reason, count in collections.Counter(reason for _, reason in tests.result.skipped).items():
        print(f"page: {count} skipped: {reason}", file=sys.stderr)
    sys.exit(not tests.result.wasSuccessful())
