// Which dataset a folder holds, told by what it holds: names are used by others for other things. What is said of the data
// (patients, ages, attribution, the study's figures) follows from it.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { posix } from "node:path";
import { classNames, type Sample } from "./sample.js";
import { isSynthetic } from "./synthesise.js";

/** The published dataset by Kermany and others, phantoms of ours, or any other. */
export type DatasetKind = "chest-xray-pneumonia" | "synthetic" | "other";

/**
 * Images of the published dataset by class and file name, with the first 8 bytes of their SHA-256: as they were published,
 * and as widely copied, resized to 224x224 pixels. Made from 48 images of train/, 8 of val/ and 12 of test/.
 */
const published: Readonly<Record<string, readonly string[]>> = {
  "NORMAL/IM-0214-0001.jpeg": ["b6ced9b7053e0c30", "e6dcf76cdc6ef378"],
  "NORMAL/IM-0230-0001.jpeg": ["4fe6ee38e842e2a3", "e288bf8ee53b35ea"],
  "NORMAL/IM-0249-0001.jpeg": ["5b636b2959cc5b00", "4ef2a471f643bdbc"],
  "NORMAL/IM-0272-0001.jpeg": ["92ab4ef4a3b0fa57", "3e58c091dd734b80"],
  "NORMAL/IM-0282-0001.jpeg": ["7522b01c851f89bc", "3c54d823bf109b18"],
  "NORMAL/IM-0302-0001.jpeg": ["c8239b4ae00ad4cd", "823710f5b3f83e5a"],
  "NORMAL/IM-0314-0001.jpeg": ["d0a74d3305776ec4", "bf4c9ed8639745cf"],
  "NORMAL/IM-0319-0001.jpeg": ["014dc9f6c6cf5575", "a5ef0f5f4f3c6788"],
  "NORMAL/IM-0441-0001.jpeg": ["01d21543998c86e7", "994403f241798f9f"],
  "NORMAL/IM-0523-0001-0002.jpeg": ["642b66938fe98666", "43f085bf02a0b867"],
  "NORMAL/IM-0582-0001.jpeg": ["623f91c9cccc7e83", "1bba6b8c20d5c409"],
  "NORMAL/IM-0680-0001.jpeg": ["083594c32be1179d", "78059716cdeae5cd"],
  "NORMAL/NORMAL2-IM-0402-0001.jpeg": ["1cbd59a62e224f7f", "e18aadc85961c0af"],
  "NORMAL/NORMAL2-IM-0468-0001.jpeg": ["f83d948a99bfa5bf", "4d41dc5de78892a8"],
  "NORMAL/NORMAL2-IM-0509-0001.jpeg": ["5c9a8589d4e222cd", "192d76c7a06eaa6b"],
  "NORMAL/NORMAL2-IM-0561-0001.jpeg": ["2794fb2dd3d3e900", "bb16d284d7c1def5"],
  "NORMAL/NORMAL2-IM-0793-0001.jpeg": ["f97d6320248284d7", "28c7297fe8f70439"],
  "NORMAL/NORMAL2-IM-0845-0001.jpeg": ["768f1a1e0572291c", "cc2aec8bbc6f02d5"],
  "NORMAL/NORMAL2-IM-0952-0001.jpeg": ["3f95ebfe82703c02", "c19d1780c98345f5"],
  "NORMAL/NORMAL2-IM-1104-0001.jpeg": ["800c4b093a96c6a3", "35932cad03632599"],
  "PNEUMONIA/person1177_bacteria_3125.jpeg": ["f04ade96db601d92", "d57a3a1f676f3ded"],
  "PNEUMONIA/person1180_virus_2008.jpeg": ["d92904d2120d4179", "528267c118105b39"],
  "PNEUMONIA/person1220_virus_2068.jpeg": ["1f1af6aa9c7f76ad", "047a621f0c1b9700"],
  "PNEUMONIA/person1227_virus_2078.jpeg": ["b119d19707dec2fc", "16d3a75b3a2dd39e"],
  "PNEUMONIA/person122_virus_229.jpeg": ["bb9040b773b3ecca", "7292a828bb9b5faf"],
  "PNEUMONIA/person1333_bacteria_3384.jpeg": ["27b6602e69486b09", "c43765b704c52cc7"],
  "PNEUMONIA/person1343_bacteria_3418.jpeg": ["a0dd743eaf994368", "f16b8daeb4a6e4bf"],
  "PNEUMONIA/person137_virus_281.jpeg": ["0954e721892e1410", "3923acfe294ededf"],
  "PNEUMONIA/person1406_virus_2409.jpeg": ["80226db8f444b3e0", "c79e90497e2a9a92"],
  "PNEUMONIA/person1441_bacteria_3724.jpeg": ["5355b43a23113a73", "3da3a87d76a3ded7"],
  "PNEUMONIA/person1471_bacteria_3831.jpeg": ["3613f668ad66879c", "f86f4d7f42268f13"],
  "PNEUMONIA/person1589_virus_2763.jpeg": ["9f84de5b7296bfb4", "fd17963f41b5f106"],
  "PNEUMONIA/person1604_virus_2782.jpeg": ["cee5be6a502a23aa", "c4d6486c9fc28660"],
  "PNEUMONIA/person1812_bacteria_4667.jpeg": ["29db703a4235a992", "d7f5e8fd9a7b2239"],
  "PNEUMONIA/person1839_bacteria_4705.jpeg": ["72a64201bebc3d6c", "5468ae9ab8c4f22b"],
  "PNEUMONIA/person312_bacteria_1456.jpeg": ["80c1add07529f483", "db1140ef61928c58"],
  "PNEUMONIA/person341_virus_699.jpeg": ["e7b5d1aba957f3e0", "18d7267334b42282"],
  "PNEUMONIA/person458_bacteria_1953.jpeg": ["0000bc512ff226ba", "d7052c3db43dd9f7"],
  "PNEUMONIA/person493_bacteria_2087.jpeg": ["1d7909d2fb91edf9", "43f5cedf383381f4"],
  "PNEUMONIA/person536_bacteria_2258.jpeg": ["ac3e9e044878fe30", "b32166c81b2cdc2f"],
  "PNEUMONIA/person549_virus_1089.jpeg": ["9ef3cbbe8cfe3dde", "c5d6bb62c588c0b5"],
  "PNEUMONIA/person88_virus_166.jpeg": ["8adeac9090c42898", "f3f2db7adb98c2e3"],
  "PNEUMONIA/person913_virus_1570.jpeg": ["5eb7012c6cf59d72", "ca8df7d306358711"],
  "PNEUMONIA/person921_virus_1578.jpeg": ["833be1fb64dff060", "9c6ef10d4e0f4d4a"],
  "PNEUMONIA/person940_virus_1605.jpeg": ["789a052f73551a5e", "bdad7f254a75a99a"],
  "PNEUMONIA/person972_bacteria_2897.jpeg": ["da6872eae180f31d", "2acd78f9021846b5"],
  "PNEUMONIA/person98_virus_182.jpeg": ["99f9188e3b1b7ded", "10e66dc5c447a049"],
  "PNEUMONIA/person992_bacteria_2919.jpeg": ["5c4a58b0dc80f596", "c625e15f9f4e4d2f"],
  "NORMAL/NORMAL2-IM-1427-0001.jpeg": ["d54332fdfb236699"],
  "NORMAL/NORMAL2-IM-1431-0001.jpeg": ["d8697ba51aa531d7"],
  "NORMAL/NORMAL2-IM-1436-0001.jpeg": ["db5c011210f39a7f"],
  "NORMAL/NORMAL2-IM-1438-0001.jpeg": ["51b00a95219afdc2"],
  "NORMAL/NORMAL2-IM-1440-0001.jpeg": ["579c1475700e12b3"],
  "PNEUMONIA/person1946_bacteria_4874.jpeg": ["466f7645c7ba1cea"],
  "PNEUMONIA/person1947_bacteria_4876.jpeg": ["cc3637d4115870e7"],
  "PNEUMONIA/person1952_bacteria_4883.jpeg": ["ce51a9cb10020bfb"],
  "NORMAL/NORMAL2-IM-0259-0001.jpeg": ["3dc27e29edc9f061"],
  "NORMAL/NORMAL2-IM-0311-0001.jpeg": ["ed51dfcebdf8d3cd"],
  "NORMAL/NORMAL2-IM-0317-0001.jpeg": ["69fa0d5fb4afcf2f"],
  "NORMAL/NORMAL2-IM-0354-0001.jpeg": ["9db499ab94c26ce2"],
  "PNEUMONIA/person122_bacteria_583.jpeg": ["2a1bb70e701aa97f"],
  "PNEUMONIA/person157_bacteria_740.jpeg": ["4cba20843635a311"],
  "PNEUMONIA/person1623_virus_2813.jpeg": ["476f3f0d5d7318ac"],
  "PNEUMONIA/person1655_virus_2861.jpeg": ["f3c274809d72154a"],
  "PNEUMONIA/person172_bacteria_828.jpeg": ["9fff7482dbea10c0"],
  "PNEUMONIA/person1_virus_6.jpeg": ["dcd4226d8a20e4e7"],
  "PNEUMONIA/person8_virus_27.jpeg": ["1dba2025df36ec9a"],
  "PNEUMONIA/person94_bacteria_458.jpeg": ["ab97f21a22c0f8a6"],
};

/** Of every published image. */
const publishedExtension = ".jpeg";

/** Most datasets have none of these names, and a million others. */
const publishedNames = new Set(Object.keys(published).map((name) => posix.basename(name)));

/** Reads those of the listed images that are there, 68 at most. A copy may have lost or mended a few. */
export async function datasetKind(
  root: string,
  samples: readonly Pick<Sample, "path" | "name" | "label">[],
): Promise<DatasetKind> {
  if (isSynthetic(root)) return "synthetic";
  const listed: { path: string; digests: readonly string[] }[] = [];
  for (const { name, label, path } of samples) {
    if (!name.endsWith(publishedExtension)) continue;
    const fileName = name.slice(name.lastIndexOf("/") + 1);
    if (!publishedNames.has(fileName)) continue;
    // Users write the classes in other cases, and arrange the parts otherwise.
    const digests = published[`${classNames[label]}/${fileName}`];
    if (digests !== undefined) listed.push({ path, digests });
  }
  const found = await Promise.all(listed.map(async ({ path, digests }) => digests.includes(await digestOf(path))));
  const equal = found.filter((isEqual) => isEqual).length;
  return equal > 0 && equal >= 0.9 * found.length ? "chest-xray-pneumonia" : "other";
}

/** Empty for a file that cannot be read: it is reported when it is decoded. */
async function digestOf(path: string): Promise<string> {
  return readFile(path).then(
    (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 16),
    () => "",
  );
}
