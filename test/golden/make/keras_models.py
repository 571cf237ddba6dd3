"""Golden files for src/interchange/keras-h5 and src/model/summary.ts: small whole-model .h5 files saved by real Keras,
with an input and the output Keras computes for it, and the text of Keras 2's model.summary().

Run once with each Keras, from the project's root:
    python test/golden/make/keras_models.py         (TensorFlow 2.15.1: tf.keras 2.15.0, h5py 3.16)
    python test/golden/make/keras_models.py         (TensorFlow 2.21.0: Keras 3.15.1, h5py 3.14)
Writes test/golden/keras/{sequential,functional,frozen,prepared}-keras{2,3}.{h5,json}, weights-only files and summary-*.txt (Keras 2).
"""

import contextlib
import io
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
from keras_saved import MAJOR, OUT, save

L = keras.layers
SLASH = "/" if MAJOR == 2 else "_"  # Keras 3 forbids the slash that Keras 2's own DenseNet has in its names


def sequential():
    return keras.Sequential(
        [
            keras.Input((13, 11, 3)),
            L.Conv2D(4, 3, strides=2, padding="same", activation="relu"),  # 7 x 6
            L.BatchNormalization(scale=False),
            L.MaxPooling2D(2, padding="same"),  # 4 x 3
            L.DepthwiseConv2D(3, padding="same", depth_multiplier=2),
            L.BatchNormalization(center=False, momentum=0.9, epsilon=1e-5),
            L.ReLU(max_value=6.0),
            L.AveragePooling2D(2, padding="same"),  # 2 x 2; the last column averages two values, not four
            L.Dropout(0.3),
            L.Conv2D(6, (2, 1), use_bias=False, activation="swish"),
            L.Activation("sigmoid"),
            L.Flatten(),
            L.Dense(5, activation="relu"),
            L.BatchNormalization(),
            L.Dense(3),
            L.Softmax(),
        ]
    )


def functional():
    x = i = keras.Input((10, 9, 2), name="image")
    x = L.ZeroPadding2D(((0, 1), (2, 1)))(x)
    x = L.Conv2D(4, 3, strides=2, use_bias=False, name=f"stem{SLASH}conv")(x)
    x = L.BatchNormalization(name=f"stem{SLASH}bn")(x)
    x = L.Activation("relu", name=f"stem{SLASH}relu")(x)
    a = L.DepthwiseConv2D(3, strides=2, padding="same", use_bias=False)(x)
    a = L.Conv2D(4, 1, padding="same")(a)
    b = L.AveragePooling2D(3, strides=2, padding="same")(x)
    y = L.Add()([a, b])
    s = L.GlobalAveragePooling2D()(y)
    s = L.Reshape((1, 1, 4))(s)
    s = L.Conv2D(2, 1, activation="swish")(s)
    s = L.Conv2D(4, 1, activation="sigmoid")(s)
    y = L.Multiply()([y, s])
    c = L.MaxPooling2D((3, 2), strides=(2, 3), padding="same")(x)
    c = L.Conv2D(4, 1)(c)
    g = L.GlobalMaxPooling2D()(c)
    h = L.GlobalAveragePooling2D(keepdims=True)(y)
    h = L.Flatten()(h)
    z = L.Concatenate()([h, g])
    z = L.Dropout(0.2)(z)
    z = L.Dense(6)(z)
    z = L.Activation("softmax")(z)
    return keras.Model(i, L.Dense(1, activation="sigmoid", name="predictions")(z), name="branches")


def frozen():
    model = keras.Sequential(
        [keras.Input((6, 6, 1)), L.Conv2D(2, 3), L.BatchNormalization(), L.GlobalAveragePooling2D(), L.Dense(1)]
    )
    for layer in model.layers[:2]:
        layer.trainable = False
    return model


def prepared():
    """Pixels prepared inside the model, as EfficientNet has it, and its samples dropped whole."""
    x = i = keras.Input((7, 8, 3))
    x = L.Rescaling(1 / 255, offset=-0.25)(x)
    x = L.Normalization()(x)
    x = L.Rescaling([2.0, 0.5, 1.5], offset=[0.0, 0.25, -1.0])(x)
    x = L.Normalization(mean=[0.1, 0.2, -0.3], variance=[0.5, 2.0, 1.0])(x)
    fan_out = {"class_name": "VarianceScaling", "config": {"scale": 2.0, "mode": "fan_out", "distribution": "truncated_normal"}}
    y = L.Conv2D(3, 3, padding="same", kernel_initializer=fan_out)(x)
    y = L.DepthwiseConv2D(3, padding="same", depthwise_initializer=fan_out)(y)
    y = L.Dropout(0.2, noise_shape=(None, 1, 1, 1))(y)
    x = L.Flatten()(L.Add()([x, y]))
    return keras.Model(i, L.Dense(2, activation="sigmoid", kernel_initializer=fan_out)(x), name="prepared")


def custom_cnn():
    layers = []
    for block, filters in enumerate([32, 64, 64, 64, 128]):
        size = {"input_shape": (224, 224, 3)} if block == 0 else {}
        layers += [
            L.Conv2D(filters, (3, 3), activation="relu", padding="same", **size),
            L.BatchNormalization(),
            L.MaxPooling2D((2, 2), padding="same" if block in (0, 4) else "valid"),
        ]
    layers += [L.Flatten(), L.Dense(128, activation="relu"), L.BatchNormalization()]
    return keras.Sequential(layers + [L.Dense(64, activation="relu"), L.Dense(1, activation="sigmoid")])


def wide_names():
    """Names and shapes too long for their columns: Keras breaks the row."""
    i = keras.Input((32, 32, 3), name="the_input_layer_with_a_very_long_name")
    a = L.Conv2D(1000, 3, name="a_convolution_with_a_name_longer_than_its_column")(i)
    b = L.Conv2D(1000, 3, name="another_convolution_that_is_named_at_length_too", trainable=False)(i)
    return keras.Model(i, L.GlobalAveragePooling2D()(L.Add(name="sum_of_both")([a, b])), name="wide")


def save_summary(build, name):
    keras.backend.clear_session()
    with contextlib.redirect_stdout(io.StringIO()) as text:
        build().summary()
    with open(os.path.join(OUT, f"summary-{name}.txt"), "w") as file:
        file.write(text.getvalue())


os.makedirs(OUT, exist_ok=True)
save(sequential, "sequential")
save(functional, "functional").save_weights(os.path.join(OUT, f"v3-layout-keras{MAJOR}.weights.h5"))
save(frozen, "frozen")
save(prepared, "prepared")
if MAJOR == 2:
    save(functional, "functional").save_weights(os.path.join(OUT, "weights-only-keras2.h5"), save_format="h5")
    save_summary(custom_cnn, "custom-cnn")
    save_summary(functional, "functional")
    save_summary(frozen, "frozen")
    save_summary(wide_names, "wide")
