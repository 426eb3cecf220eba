import Crypto
import Hummingbird
import ServiceLifecycle
