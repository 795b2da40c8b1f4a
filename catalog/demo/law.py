"""The negative list of the made-up city: items worded for the demonstration, citations of real law."""

from typing import Any

ITEMS: tuple[list[dict[str, Any]], ...] = (
    [
        {
            "name": "涉及国家秘密的资源",
            "category": "国家秘密",
            "ground": "14-1",
            "public_wording": "依法确定为国家秘密的数据资源",
            "internal_wording": "按定密责任清单执行（演示）",
            "circumstances": ["依法确定为国家秘密的", "经保密审查认定汇聚后可能泄露国家秘密的"],
            "citations": ["《中华人民共和国政府信息公开条例》第十四条"],
            "scope": {},
        },
        {
            "name": "个人隐私信息",
            "category": "个人隐私",
            "ground": "15-2",
            "public_wording": "公开后会对个人合法权益造成损害的信息项",
            "internal_wording": "含住址、证件号码、联系方式的信息项（演示）",
            "circumstances": ["自然人的证件号码、住址和联系方式", "能够识别特定自然人的记录"],
            "citations": [
                "《中华人民共和国政府信息公开条例》第十五条",
                "《中华人民共和国个人信息保护法》第二十五条",
            ],
            "scope": {},
        },
    ],
    [
        {
            "name": "行政执法案卷信息",
            "category": "行政执法",
            "ground": "16-3",
            "reason": "案件办理中公开可能影响执法活动，结案后按双公示要求另行公开",
            "public_wording": "未办结的行政执法案卷及其内部工作流程",
            "internal_wording": "在办案卷（演示）",
            "circumstances": ["调查取证材料", "内部讨论记录和审批流程"],
            "citations": ["《中华人民共和国政府信息公开条例》第十六条"],
            "scope": {},
        },
    ],
)

SECRETS: dict[str, Any] = {
    "name": "企业商业秘密",
    "category": "商业秘密",
    "ground": "15-1",
    "public_wording": "企业申报的、公开后会损害其竞争地位的经营信息",
    "internal_wording": "随申报材料提交的经营数据（演示）",
    "circumstances": ["未公开的经营数据和技术信息"],
    "citations": ["《中华人民共和国政府信息公开条例》第十五条"],
    "scope": {},
}
"""An item for a limited time: it lapses in the play, and what it closed has to be decided anew."""

PROCESS: dict[str, Any] = {
    "name": "行政过程性信息",
    "category": "过程信息",
    "ground": "16-2",
    "reason": "讨论和方案阶段的材料公开会影响工作开展，形成结果后公开结果",
    "public_wording": "讨论记录、过程稿和未实施的方案",
    "internal_wording": "过程稿（演示）",
    "circumstances": ["讨论记录、过程稿", "尚未实施的方案"],
    "citations": ["《中华人民共和国政府信息公开条例》第十六条"],
    "scope": {},
}
